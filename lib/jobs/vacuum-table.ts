import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { defineJob, type StepContext } from '@/lib/engine/define-job';
import { planVacuum, readVacuumed, type VacuumParams } from '@/lib/procedures/vacuum-plan';
import { runVacuum, type VacuumInput } from '@/lib/procedures/vacuum-run';
import { readXminHolders } from '@/lib/procedures/xmin-holders';

type Context = StepContext<VacuumInput, VacuumParams>;

const title = 'Dead rows of the table';

/** Notes the table as it is; `after` says whether the dead rows are gone, and who kept those that are not. */
async function note(ctx: Context, phase: 'before' | 'after'): Promise<{ deadRows: number; bytes: number }> {
  const { database, schema, table } = ctx.input;
  const session = await ctx.connect('operate', database);
  try {
    const found = await readVacuumed(session, schema, table);
    if (found?.oid !== ctx.params.oid) {
      throw new PlumblineError('conflict', 'Another table has this name since the plan was made.', {
        next: 'Plan again.',
      });
    }
    const { deadRows, liveRows, bytes, xidAge, vacuumedAt } = found;
    const remains = phase === 'after' && deadRows > Math.max(1000, (liveRows + deadRows) / 10);
    const holder = remains ? (await readXminHolders(session, database))[0] : undefined;
    await ctx.evidence({
      type: 'dead-row-count',
      verdict: phase === 'before' ? 'info' : remains ? 'partial' : 'pass',
      title,
      database,
      phase,
      facts: {
        ...{ schema, table, deadRows, liveRows, bytes, xidAge, vacuumedAt },
        ...(holder && { heldBackBy: `${holder.kind} ${holder.holder} (${holder.what})` }),
      },
    });
    return { deadRows, bytes };
  } finally {
    await session.close();
  }
}

export default defineJob({
  title: 'Vacuum a table',
  summary: 'Removes the dead rows of one table so that their space is used again, and renews its statistics.',
  version: 1,
  risk: 'low',
  permission: 'maintain',
  as: 'operate',
  runsOn: 'primary',
  locks: ({ database, schema, table }, target) => [
    `vacuum-table:${target.clusterId}:${JSON.stringify([database, schema, table])}`,
  ],
  input: z.object({
    database: z.string().min(1).max(63).meta({ title: 'Database' }),
    schema: z.string().min(1).max(63).meta({ title: 'Schema' }),
    table: z.string().min(1).max(63).meta({ title: 'Table' }),
    analyze: z
      .boolean()
      .default(true)
      .meta({ title: 'Analyze', description: 'Renews the planner’s statistics in the same pass.' }),
    freeze: z.boolean().default(false).meta({
      title: 'Freeze',
      description:
        'Freezes all rows that it can: for a table whose transaction ids are old. Reads and writes more.',
    }),
    deadlineMinutes: z.int().min(1).max(1440).default(120).meta({
      title: 'Deadline (minutes)',
      description: 'When it has not ended by then it is cancelled; what was removed stays removed.',
    }),
  }),
  choices: { database: { from: 'databases' }, table: { from: 'rows', check: 'dead-rows', column: 'table' } },
  plan: planVacuum,
  steps: [
    {
      name: 'before',
      title: 'Note what is there',
      safety: 'pure',
      run: (ctx: Context) => note(ctx, 'before'),
    },
    {
      name: 'vacuum',
      title: 'Vacuum the table',
      safety: 'idempotent',
      run: (ctx: Context) => runVacuum(ctx, ctx.input),
    },
    {
      name: 'after',
      title: 'Compare',
      safety: 'pure',
      run: (ctx: Context) => note(ctx, 'after'),
    },
  ],
  undo: {
    none: 'Dead rows are rows that nobody can see any more; nothing that could be wanted back is lost.',
  },
  schedulable: true,
});
