import { z } from 'zod';
import { defineJob, type Session } from '@/lib/engine/define-job';
import {
  type CreateContext,
  type CreatedPartitions,
  createPartitions,
  dropGuards,
  probePartitions,
  reachOf,
} from '@/lib/procedures/partition-create';
import { planCreateAhead } from '@/lib/procedures/partition-plan';

const title = 'Reach of the partitions';

async function withSession<T>(ctx: CreateContext, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await ctx.connect('operate', ctx.input.database);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

async function storeReach(ctx: CreateContext, phase: 'before' | 'after') {
  const facts = await withSession(ctx, (session) => reachOf(ctx, session));
  const verdict = phase === 'after' ? 'pass' : 'info';
  await ctx.evidence({ type: 'partitions', verdict, title, database: ctx.input.database, phase, facts });
  return facts;
}

export default defineJob({
  title: 'Create partitions ahead',
  summary:
    'Makes the next ranges of a table that is partitioned by time or by number, before their rows arrive.',
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
    count: z
      .int()
      .min(1)
      .max(60)
      .default(3)
      .meta({ title: 'How many', description: 'Ranges behind the newest one.' }),
  }),
  choices: { database: { from: 'databases' }, table: { from: 'rows', check: 'partitions', column: 'table' } },
  plan: planCreateAhead,
  steps: [
    {
      name: 'before',
      title: 'Note how far it reaches',
      safety: 'pure',
      run: (ctx: CreateContext) => storeReach(ctx, 'before'),
    },
    {
      name: 'create',
      title: 'Create and attach them',
      safety: 'probeable',
      run: (ctx: CreateContext) => withSession(ctx, (session) => createPartitions(ctx, session)),
      probe: (ctx: CreateContext) => withSession(ctx, (session) => probePartitions(ctx, session)),
      cleanUp: (ctx: CreateContext) => withSession(ctx, (session) => dropGuards(ctx, session)),
    },
    {
      name: 'after',
      title: 'Note how far it reaches now',
      safety: 'pure',
      run: (ctx: CreateContext) => storeReach(ctx, 'after'),
    },
  ],
  undo: {
    job: 'partition-drop-empty',
    label: 'Drop the new partitions that are still empty',
    input: (outputs, { database, schema, table }) => ({
      database,
      schema,
      table,
      partitions: (outputs.create as CreatedPartitions).partitions,
    }),
  },
  schedulable: true,
});
