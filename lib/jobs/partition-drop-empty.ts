import { z } from 'zod';
import { defineJob } from '@/lib/engine/define-job';
import { type DropContext, dropEmpty, planDropEmpty } from '@/lib/procedures/partition-drop';

const names = z.object({ schema: z.string().min(1).max(63), name: z.string().min(1).max(63) });

export default defineJob({
  title: 'Drop empty partitions',
  summary:
    'Takes partitions away that hold no row, such as those that were made ahead by mistake. One with rows stays.',
  version: 1,
  risk: 'high',
  permission: 'maintain',
  as: 'operate',
  runsOn: 'primary',
  locks: ({ database, schema, table }, target) => [
    `partitions:${target.clusterId}:${JSON.stringify([database, schema, table])}`,
  ],
  input: z.object({
    database: z.string().min(1).max(63).meta({ title: 'Database' }),
    schema: z.string().min(1).max(63).meta({ title: 'Schema' }),
    table: z.string().min(1).max(63).meta({ title: 'Partitioned table' }),
    partitions: z.array(names).min(1).max(60).meta({ title: 'Partitions' }),
  }),
  choices: { database: { from: 'databases' }, table: { from: 'rows', check: 'partitions', column: 'table' } },
  plan: planDropEmpty,
  steps: [
    {
      name: 'drop',
      title: 'Look again under lock, then drop',
      safety: 'idempotent',
      async run(ctx: DropContext) {
        const session = await ctx.connect('operate', ctx.input.database);
        try {
          const dropped = await dropEmpty(ctx, session);
          const { database, schema, table } = ctx.input;
          await ctx.evidence({
            type: 'partitions',
            verdict: 'pass',
            title: 'Empty partitions that were dropped',
            database,
            facts: { schema, table, dropped },
          });
          return { dropped };
        } finally {
          await session.close();
        }
      },
    },
  ],
  undo: { none: 'They held no rows; “Create partitions ahead” makes the same ranges again.' },
});
