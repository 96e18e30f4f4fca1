import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { defineJob, type Session, type StepContext } from '@/lib/engine/define-job';
import { endOwnSessions } from '@/lib/procedures/own-sessions';
import { indexOids, readIndex } from '@/lib/procedures/reindex-facts';
import { dropLeftovers, findLeftovers } from '@/lib/procedures/reindex-leftovers';
import { planReindex, type ReindexInput, type ReindexParams } from '@/lib/procedures/reindex-plan';
import { reindexConcurrently } from '@/lib/procedures/reindex-run';

type Context = StepContext<ReindexInput, ReindexParams>;

type Before = { relfilenode: number; bytes: number; indexesBefore: number[] };

const title = 'Size of the index';

async function withSession<T>(ctx: Context, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await ctx.connect('operate', ctx.input.database);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function leftoversOf(ctx: Context, session: Session) {
  const { indexesBefore } = ctx.outputs.before as Before;
  return findLeftovers(session, ctx.params.tableOid, {
    oid: ctx.params.indexOid,
    name: ctx.input.index,
    indexesBefore,
  });
}

/** Whether the index has a new file and is valid: then the rebuild was done, by whomever. */
async function isRebuilt(ctx: Context, session: Session): Promise<boolean> {
  const { facts } = await readIndex(session, ctx.input.schema, ctx.input.index);
  return facts.isValid && facts.relfilenode !== (ctx.outputs.before as Before).relfilenode;
}

export default defineJob({
  title: 'Rebuild an index',
  summary:
    'Builds a bloated or damaged index anew beside the old one while reads and writes go on, then swaps them.',
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
    deadlineMinutes: z.int().min(1).max(1440).default(30).meta({
      title: 'Deadline (minutes)',
      description: 'When it has not ended by then it is cancelled and its unfinished index dropped.',
    }),
  }),
  choices: { database: { from: 'databases' }, index: { from: 'rows', check: 'indexes', column: 'index' } },
  plan: planReindex,
  steps: [
    {
      name: 'before',
      title: 'Note what is there',
      safety: 'pure',
      async run(ctx: Context): Promise<Before> {
        return withSession(ctx, async (session) => {
          const { facts } = await readIndex(session, ctx.input.schema, ctx.input.index);
          if (facts.oid !== ctx.params.indexOid) {
            throw new PlumblineError('conflict', 'Another index has this name since the plan was made.', {
              next: 'Plan again.',
            });
          }
          const indexesBefore = await indexOids(session, facts.tableOid);
          const { bytes, relfilenode } = facts;
          const { database, schema, index } = ctx.input;
          await ctx.evidence({
            type: 'index-size',
            verdict: 'info',
            title,
            database,
            phase: 'before',
            facts: { schema, index, bytes },
          });
          return { relfilenode, bytes, indexesBefore };
        });
      },
    },
    {
      name: 'reindex',
      title: 'Build it anew and swap',
      safety: 'probeable',
      async run(ctx: Context) {
        const isDone = await withSession(ctx, async (session) => {
          const leftovers = await leftoversOf(ctx, session);
          await dropLeftovers(session, leftovers, ctx.log);
          return isRebuilt(ctx, session);
        });
        if (isDone) return { seconds: null, waitedFor: [] };
        const { deadlineMinutes, ...names } = ctx.input;
        return reindexConcurrently(ctx, { ...names, deadlineMs: deadlineMinutes * 60_000 });
      },
      /** Done when the index has a new file, is valid, and nothing of the rebuild is left over. */
      async probe(ctx: Context) {
        return withSession(ctx, async (session) => {
          const isDone = (await isRebuilt(ctx, session)) && (await leftoversOf(ctx, session)).length === 0;
          return isDone ? { seconds: null, waitedFor: [] } : undefined;
        });
      },
      async cleanUp(ctx: Context) {
        await withSession(ctx, async (session) => {
          await endOwnSessions(session);
          await dropLeftovers(session, await leftoversOf(ctx, session), ctx.log);
        });
      },
    },
    {
      name: 'after',
      title: 'Compare',
      safety: 'pure',
      async run(ctx: Context) {
        return withSession(ctx, async (session) => {
          const { facts } = await readIndex(session, ctx.input.schema, ctx.input.index);
          const { database, schema, index } = ctx.input;
          const { bytes, isValid } = facts;
          const before = ctx.outputs.before as Before;
          await ctx.evidence({
            type: 'index-size',
            verdict: isValid ? 'pass' : 'fail',
            title,
            database,
            phase: 'after',
            facts: { schema, index, bytes, savedBytes: before.bytes - bytes, ...ctx.outputs.reindex },
          });
          if (!isValid)
            throw new PlumblineError('tool-failed', 'The index is invalid after the rebuild.', {
              next: 'See the server’s log.',
            });
          return { bytes, savedBytes: before.bytes - bytes };
        });
      },
    },
  ],
  undo: {
    none: 'The new index means the same as the old one, whose file is gone; nothing needs to be taken back.',
  },
  schedulable: true,
});
