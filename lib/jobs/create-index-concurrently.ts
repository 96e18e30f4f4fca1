import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { defineJob, type Session, type StepContext } from '@/lib/engine/define-job';
import {
  type CreateIndexInput,
  type CreateIndexParams,
  planCreateIndex,
} from '@/lib/procedures/index-create-plan';
import { runWatched } from '@/lib/procedures/index-run';
import { indexesOf, readTable, type TableIndex } from '@/lib/procedures/index-table';
import { endOwnSessions } from '@/lib/procedures/own-sessions';
import { dropLeftovers } from '@/lib/procedures/reindex-leftovers';

type Context = StepContext<CreateIndexInput, CreateIndexParams>;

type Before = { indexesBefore: number[] };

const title = 'Indexes of the table';

async function withSession<T>(ctx: Context, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await ctx.connect('operate', ctx.input.database);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** The index of this run: called as planned, on the planned table, and not there before. */
async function ours(ctx: Context, session: Session): Promise<TableIndex | undefined> {
  const { indexesBefore } = ctx.outputs.before as Before;
  const indexes = await indexesOf(session, ctx.params.tableOid);
  return indexes.find(({ oid, name }) => name === ctx.params.index && !indexesBefore.includes(oid));
}

async function dropUnfinished(ctx: Context, session: Session): Promise<void> {
  const index = await ours(ctx, session);
  if (!index || index.isValid) return;
  const { schema } = ctx.params;
  await dropLeftovers(session, [{ oid: index.oid, schema, name: index.name }], ctx.log);
}

export default defineJob({
  title: 'Create an index',
  summary:
    'Builds a new index while reads and writes go on. A failed or cancelled build takes its unfinished index away again.',
  version: 1,
  risk: 'high',
  permission: 'maintain',
  as: 'operate',
  runsOn: 'primary',
  // One concurrent build at a time in a database: each would wait for the other’s transaction.
  locks: (input, target) => [`reindex:${target.clusterId}:${input.database}`],
  input: z.object({
    database: z.string().min(1).max(63).meta({ title: 'Database' }),
    definition: z.string().min(1).max(10_000).meta({
      title: 'Definition',
      description:
        'A CREATE INDEX statement with the table’s schema: create index on public.orders (customer_id, created_at desc). It is made concurrently whether it says so or not.',
    }),
    deadlineMinutes: z.int().min(1).max(1440).default(60).meta({
      title: 'Deadline (minutes)',
      description: 'When it has not ended by then it is cancelled and its unfinished index dropped.',
    }),
  }),
  choices: { database: { from: 'databases' } },
  plan: planCreateIndex,
  steps: [
    {
      name: 'before',
      title: 'Note what is there',
      safety: 'pure',
      async run(ctx: Context): Promise<Before> {
        return withSession(ctx, async (session) => {
          const { schema, table, tableOid } = ctx.params;
          const facts = await readTable(session, schema, table);
          if (facts.oid !== tableOid) {
            throw new PlumblineError('conflict', 'Another table has this name since the plan was made.', {
              next: 'Plan again.',
            });
          }
          const indexes = await indexesOf(session, tableOid);
          await ctx.evidence({
            type: 'index-size',
            verdict: 'info',
            title,
            database: ctx.input.database,
            phase: 'before',
            facts: {
              schema,
              table,
              tableBytes: facts.bytes,
              indexes: indexes.length,
              indexBytes: indexes.reduce((sum, { bytes }) => sum + bytes, 0),
            },
          });
          return { indexesBefore: indexes.map(({ oid }) => oid) };
        });
      },
    },
    {
      name: 'create',
      title: 'Build it',
      safety: 'probeable',
      async run(ctx: Context) {
        await withSession(ctx, (session) => dropUnfinished(ctx, session));
        const { database, deadlineMinutes } = ctx.input;
        const deadlineMs = deadlineMinutes * 60_000;
        return runWatched(ctx, { database, sql: ctx.params.sql, deadlineMs, what: 'The build' });
      },
      /** Done when the index is there and valid. */
      async probe(ctx: Context) {
        return withSession(ctx, async (session) => {
          const index = await ours(ctx, session);
          return index?.isValid ? { seconds: null, waitedFor: [] } : undefined;
        });
      },
      async cleanUp(ctx: Context) {
        await withSession(ctx, async (session) => {
          await endOwnSessions(session);
          await dropUnfinished(ctx, session);
        });
      },
    },
    {
      name: 'after',
      title: 'Compare',
      safety: 'pure',
      async run(ctx: Context) {
        return withSession(ctx, async (session) => {
          const index = await ours(ctx, session);
          if (!index?.isValid) {
            throw new PlumblineError('tool-failed', 'The index is not there or not valid after the build.', {
              next: 'See the server’s log.',
            });
          }
          const { schema, table, tableOid } = ctx.params;
          const indexes = await indexesOf(session, tableOid);
          const facts = await readTable(session, schema, table);
          await ctx.evidence({
            type: 'index-size',
            verdict: 'pass',
            title,
            database: ctx.input.database,
            phase: 'after',
            facts: {
              schema,
              table,
              tableBytes: facts.bytes,
              indexes: indexes.length,
              indexBytes: indexes.reduce((sum, { bytes }) => sum + bytes, 0),
              index: index.name,
              definition: index.definition,
              bytes: index.bytes,
              ...ctx.outputs.create,
            },
          });
          return { schema, index: index.name, bytes: index.bytes };
        });
      },
    },
  ],
  undo: {
    job: 'drop-index-concurrently',
    label: 'Drop the index again',
    input: (outputs, input) => ({
      database: input.database,
      schema: String(outputs.after?.schema ?? ''),
      index: String(outputs.after?.index ?? ''),
      // It was made to be used.
      evenIfUsed: true,
    }),
  },
});
