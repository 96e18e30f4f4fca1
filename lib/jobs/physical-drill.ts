import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { defineJob } from '@/lib/engine/define-job';
import {
  type PhysicalDrillContext,
  physicalDrillFacts,
  runPhysicalDrill,
} from '@/lib/procedures/physical-drill';
import { planPhysicalDrill } from '@/lib/procedures/physical-drill-plan';
import type { PhysicalDrillResult } from '@/lib/procedures/physical-drill-work';
import { targetFields } from '@/lib/procedures/recovery-target';

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
    backupId: z.uuid().optional().meta({
      title: 'Backup',
      description: 'The newest one that ended before the moment when none is chosen.',
    }),
    ...targetFields,
    repository: z.int().min(1).max(8).default(1).meta({ title: 'Repository' }),
    timeline: z.int().min(1).optional().meta({
      title: 'Timeline',
      description: 'The server’s present one unless said.',
    }),
    jobs: z.int().min(1).max(8).default(2).meta({ title: 'Parallel jobs' }),
    compareRows: z.boolean().default(true).meta({
      title: 'Compare rows with the server',
      description:
        'Counts tables up to 1 GiB that nobody writes to on the living server, two minutes at most.',
    }),
    assertions: z.array(z.string().min(3).max(2000)).max(50).default([]).meta({
      title: 'Your own assertions',
      description: 'One a line, “database: select …”: it must return no row, or one that is true.',
    }),
    onProductionHost: z.boolean().default(false).meta({
      title: 'Allow it on the production server’s host',
      description: 'It takes disk, memory and processor time of that machine.',
    }),
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
      async run(ctx: PhysicalDrillContext) {
        const result = ctx.outputs.drill as PhysicalDrillResult;
        await ctx.evidence({
          type: 'drill',
          verdict: result.verdict,
          title: `Drill of the backup ${ctx.params.label}`,
          ...(ctx.params.backupId && { backupId: ctx.params.backupId }),
          facts: physicalDrillFacts(result, ctx.params),
        });
        for (const { name, verdict, detail } of result.checks) {
          const level = verdict === 'pass' ? 'info' : verdict === 'partial' ? 'warn' : 'error';
          ctx.log(level, `${name}: ${detail}`);
        }
        const failed = result.checks.find(({ verdict }) => verdict === 'fail');
        if (failed) {
          throw new PlumblineError('tool-failed', `The drill failed at ${failed.name}: ${failed.detail}`, {
            next: 'Do not count on this backup. Read the evidence, mend the cause, and drill again.',
          });
        }
        return { verdict: result.verdict, rtoSeconds: result.rtoSeconds, rpoSeconds: result.rpoSeconds };
      },
    },
  ],
  undo: { none: 'The restored server and all its files are gone when the run ends.' },
  schedulable: true,
});
