import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { defineJob } from '@/lib/engine/define-job';
import { baseBackupName } from '@/lib/procedures/base-backup';
import {
  type BaseBackupContext,
  planBaseBackupDrill,
  runBaseBackupDrill,
} from '@/lib/procedures/base-backup-drill';
import { physicalDrillFacts } from '@/lib/procedures/physical-drill';
import type { PhysicalDrillResult } from '@/lib/procedures/physical-drill-work';

export default defineJob({
  title: 'Drill a base backup of another tool',
  summary:
    'Copies a base backup (pg_basebackup, WAL-G, Barman), recovers it by the worker’s own fetch command, proves every page and table, and removes the copy.',
  version: 1,
  risk: 'low',
  permission: 'drill',
  as: 'backup',
  runsOn: 'primary',
  needsServer: false,
  where: 'host',
  locks: (_input, target) => [`drill:${target.clusterId}`],
  input: z.object({
    name: z.string().regex(baseBackupName, 'A plain name of a folder.').meta({
      title: 'Folder',
      description: 'Its name below the worker’s PLUMBLINE_BASE_BACKUPS.',
    }),
    jobs: z.int().min(1).max(8).default(2).meta({ title: 'Parallel jobs' }),
    compareRows: z.boolean().default(true).meta({ title: 'Compare rows with the server' }),
    assertions: z.array(z.string().min(3).max(2000)).max(50).default([]).meta({
      title: 'Your own assertions',
      description: 'One a line, “database: select …”: it must return no row, or one that is true.',
    }),
  }),
  plan: planBaseBackupDrill,
  steps: [
    {
      name: 'drill',
      title: 'Verify, copy, recover, boot in isolation and check',
      safety: 'idempotent',
      run: (ctx: BaseBackupContext): Promise<PhysicalDrillResult> => runBaseBackupDrill(ctx),
    },
    {
      name: 'report',
      title: 'Store the verdict',
      safety: 'idempotent',
      async run(ctx: BaseBackupContext) {
        const result = ctx.outputs.drill as PhysicalDrillResult;
        const { name, timeline } = ctx.params;
        await ctx.evidence({
          type: 'drill',
          verdict: result.verdict,
          title: `Drill of the base backup ${name}`,
          facts: physicalDrillFacts(result, {
            ...{ backupId: '', label: name, repository: 0, timeline, target: { type: 'latest' } },
          }),
        });
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
  undo: { none: 'The copy and all its files are gone when the run ends; the backup itself is only read.' },
  schedulable: true,
});
