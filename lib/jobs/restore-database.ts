import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import {
  analyzeDatabase,
  type BesideContext,
  carryTraits,
  putAwayBeside,
  restoreBeside,
} from '@/lib/procedures/database-beside';
import { planBeside } from '@/lib/procedures/database-beside-plan';
import { verifyBeside } from '@/lib/procedures/database-beside-verify';

export default defineJob({
  title: 'Restore a database beside the one in use',
  summary:
    'Makes a new database on the primary from a backup or an open copy, with owner, rights and settings of the one in use, counts its rows, and touches nothing else.',
  version: 2,
  risk: 'low',
  permission: 'restore-beside',
  as: 'operate',
  runsOn: 'primary',
  recovers: 'database',
  locks: (input, target) => [
    `restore:${target.clusterId}:${input.name ?? input.database ?? input.backupId ?? ''}`,
  ],
  input: z.object({
    backupId: z.uuid().optional().meta({ title: 'Backup', description: 'Or a copy.' }),
    copyId: z.uuid().optional().meta({ title: 'Copy', description: 'Or a backup.' }),
    database: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .meta({ title: 'Database', description: 'Of a copy: which of its databases.' }),
    name: z.string().min(1).max(63).optional().meta({
      title: 'New name',
      description: 'NAME_restore_ and the moment of its rows unless you say another.',
    }),
    jobs: z.int().min(1).max(8).default(2).meta({
      title: 'Parallel jobs',
      description: 'Connections that load at once; the primary serves others meanwhile.',
    }),
    check: z.boolean().default(true).meta({
      title: 'Count all rows afterwards',
      description: 'Reads every table once more and compares it with the source.',
    }),
    keepWithErrors: z.boolean().default(false).meta({
      title: 'Keep it with errors',
      description: 'Keeps what could be restored when pg_restore has errors. It is marked as not whole.',
    }),
  }),
  choices: { backupId: { from: 'backups' }, copyId: { from: 'copies' }, database: { from: 'databases' } },
  plan: (ctx, input) =>
    planBeside(ctx, input, async () => {
      const servers = await ctx.clusterRows('host-disk', '');
      const here = servers.find(({ instanceName }) => instanceName === ctx.target.instanceName);
      return here?.rows ?? [];
    }),
  steps: [
    {
      name: 'restore',
      title: 'Make the new database and fill it',
      safety: 'idempotent',
      // Its database is this run's own by its mark: a blink of the console's database must not throw hours away.
      onLeaseLost: 'continue',
      run: (ctx: BesideContext) => restoreBeside(ctx),
      cleanUp: (ctx: BesideContext) => putAwayBeside(ctx),
    },
    {
      name: 'carry',
      title: 'Give it owner, rights and settings',
      safety: 'idempotent',
      run: (ctx: BesideContext) => carryTraits(ctx),
    },
    {
      name: 'analyze',
      title: 'Gather statistics',
      safety: 'idempotent',
      run: (ctx: BesideContext) => analyzeDatabase(ctx, ctx.params.name),
    },
    {
      name: 'verify',
      title: 'Compare it with its source',
      safety: 'idempotent',
      run: (ctx: BesideContext) => verifyBeside(ctx),
    },
  ],
  undo: {
    job: 'drop-restored-database',
    label: 'Drop the restored database',
    input: (outputs) => ({ name: String(outputs.verify?.name ?? '') }),
  },
});
