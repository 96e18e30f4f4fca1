import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { defineJob, type Session, type StepContext } from '@/lib/engine/define-job';
import { readDropFacts } from '@/lib/procedures/index-drop-facts';
import {
  type DropIndexInput,
  type DropIndexParams,
  dropSql,
  planDropIndex,
} from '@/lib/procedures/index-drop-plan';
import { runWatched } from '@/lib/procedures/index-run';
import { indexesOf } from '@/lib/procedures/index-table';
import { endOwnSessions } from '@/lib/procedures/own-sessions';
import { dropLeftovers } from '@/lib/procedures/reindex-leftovers';

type Context = StepContext<DropIndexInput, DropIndexParams>;

const title = 'Indexes of the table';

async function withSession<T>(ctx: Context, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await ctx.connect('operate', ctx.input.database);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** The index while it is there, and what all indexes of its table take. */
async function look(ctx: Context, session: Session) {
  const indexes = await indexesOf(session, ctx.params.tableOid);
  return {
    index: indexes.find(({ oid }) => oid === ctx.params.indexOid),
    facts: {
      schema: ctx.input.schema,
      index: ctx.input.index,
      indexes: indexes.length,
      indexBytes: indexes.reduce((sum, { bytes }) => sum + bytes, 0),
    },
  };
}

export default defineJob({
  title: 'Drop an index',
  summary:
    'Takes away an index that nothing needs while reads and writes go on. Its exact definition is kept, so that it can be made again.',
  version: 1,
  risk: 'high',
  permission: 'maintain',
  as: 'operate',
  runsOn: 'primary',
  locks: (input, target) => [`reindex:${target.clusterId}:${input.database}`],
  input: z.object({
    database: z.string().min(1).max(63).meta({ title: 'Database' }),
    schema: z.string().min(1).max(63).meta({ title: 'Schema' }),
    index: z.string().min(1).max(63).meta({ title: 'Index' }),
    evenIfUsed: z.boolean().default(false).meta({
      title: 'Even if it is used',
      description: 'Without this an index that was used lately is not dropped.',
    }),
    deadlineMinutes: z.int().min(1).max(1440).default(30).meta({
      title: 'Deadline (minutes)',
      description:
        'It waits for transactions that use the table; when it has not ended by then it is cancelled.',
    }),
  }),
  choices: { database: { from: 'databases' }, index: { from: 'rows', check: 'indexes', column: 'index' } },
  plan: planDropIndex,
  steps: [
    {
      name: 'before',
      title: 'Note what is there',
      safety: 'pure',
      async run(ctx: Context) {
        return withSession(ctx, async (session) => {
          const { oid, definition, bytes, scans } = await readDropFacts(
            session,
            ctx.input.schema,
            ctx.input.index,
          );
          if (oid !== ctx.params.indexOid || definition !== ctx.params.definition) {
            throw new PlumblineError('conflict', 'The index is another one than when the plan was made.', {
              next: 'Plan again.',
            });
          }
          const { facts } = await look(ctx, session);
          await ctx.evidence({
            type: 'index-size',
            verdict: 'info',
            title,
            database: ctx.input.database,
            phase: 'before',
            facts: { ...facts, bytes, scans, definition },
          });
          return { definition, bytes };
        });
      },
    },
    {
      name: 'drop',
      title: 'Drop it',
      safety: 'probeable',
      async run(ctx: Context) {
        const { database, schema, index, deadlineMinutes } = ctx.input;
        const isThere = await withSession(
          ctx,
          async (session) => (await look(ctx, session)).index !== undefined,
        );
        if (!isThere) return { seconds: null, waitedFor: [] };
        const sql = dropSql(schema, index);
        return runWatched(ctx, { database, sql, deadlineMs: deadlineMinutes * 60_000, what: 'The drop' });
      },
      /** Done when the index is gone. */
      async probe(ctx: Context) {
        return withSession(ctx, async (session) => {
          const { index } = await look(ctx, session);
          return index ? undefined : { seconds: null, waitedFor: [] };
        });
      },
      /** A drop that was broken off has made the index invalid already: nothing but its end brings order. */
      async cleanUp(ctx: Context) {
        await withSession(ctx, async (session) => {
          await endOwnSessions(session);
          const { index } = await look(ctx, session);
          if (!index || index.isValid) return;
          await dropLeftovers(
            session,
            [{ oid: index.oid, schema: ctx.input.schema, name: index.name }],
            ctx.log,
          );
        });
      },
    },
    {
      name: 'after',
      title: 'Compare',
      safety: 'pure',
      async run(ctx: Context) {
        return withSession(ctx, async (session) => {
          const { index, facts } = await look(ctx, session);
          await ctx.evidence({
            type: 'index-size',
            verdict: index ? 'fail' : 'pass',
            title,
            database: ctx.input.database,
            phase: 'after',
            facts: { ...facts, ...ctx.outputs.drop },
          });
          if (index) {
            throw new PlumblineError('tool-failed', 'The index is still there after the drop.', {
              next: 'See the server’s log.',
            });
          }
          return { savedBytes: Number(ctx.outputs.before?.bytes ?? 0) };
        });
      },
    },
  ],
  undo: {
    job: 'create-index-concurrently',
    label: 'Create the index again',
    input: (outputs, input) => ({
      database: input.database,
      definition: String(outputs.before?.definition ?? ''),
    }),
  },
});
