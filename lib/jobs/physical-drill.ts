import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import { type PhysicalDrillContext, reportDrill, runPhysicalDrill } from '@/lib/procedures/physical-drill';
import { drillFields, planPhysicalDrill } from '@/lib/procedures/physical-drill-plan';
import type { PhysicalDrillResult } from '@/lib/procedures/physical-drill-work';

export default defineJob({
  title: 'Drill a physical backup',
  summary:
    'Restores the whole server, recovers it to a moment, boots it where nobody else reaches it, proves every page and table, measures RTO and RPO, and removes everything.',
  version: 1,
  risk: 'low',
  permission: 'drill',
  as: 'backup',
  runsOn: 'primary',
  needsServer: false,
  where: 'drills',
  locks: (_input, target) => [`drill:${target.clusterId}`],
  input: z.object({
    ...drillFields,
    afterBackup: z.boolean().default(false).meta({
      title: 'Also after each new backup',
      description: 'Of a schedule: it runs at its times and as soon as a new physical backup is ready.',
    }),
  }),
  choices: { backupId: { from: 'backups', type: 'physical' } },
  plan: planPhysicalDrill,
  steps: [
    {
      name: 'drill',
      title: 'Restore, recover, boot in isolation and check',
      safety: 'idempotent',
      run: (ctx: PhysicalDrillContext): Promise<PhysicalDrillResult> => runPhysicalDrill(ctx),
    },
    {
      name: 'report',
      title: 'Store the verdict',
      safety: 'idempotent',
      run: (ctx: PhysicalDrillContext) => reportDrill(ctx, ctx.outputs.drill as PhysicalDrillResult),
    },
  ],
  undo: { none: 'The restored server and all its files are gone when the run ends.' },
  schedulable: true,
});
