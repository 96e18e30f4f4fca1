import { PlumblineError } from '@/lib/base/errors';
import type { JsonObject, PlanContext, PlanDraft, Session, StepContext } from '@/lib/engine/define-job';
import { qualified } from '@/lib/instance/quote';
import { connectForPlan } from '@/lib/procedures/dump-plan';
import { type RescueTable, readRescueTable } from '@/lib/procedures/table-rescue-catalog';
import { sameTextSql, unmergeStatements } from '@/lib/procedures/table-rescue-sql';

export interface UndoInput {
  database: string;
  schema: string;
  table: string;
  oid: number;
  rows?: number;
  undoTable?: string;
}

export type UndoParams = { columns: string[] };
export type UndoContext = StepContext<UndoInput, UndoParams>;

const longMs = 6 * 3600_000;
const undoName = /^plumbline_undo_[0-9a-f]{12}$/;

/** Columns of the table that keeps what a merge changed, without our own. */
async function keptColumns(session: Session, input: UndoInput): Promise<string[] | undefined> {
  if (!undoName.test(input.undoTable ?? '')) return undefined;
  const kept = await readRescueTable(session, input.schema, input.undoTable ?? '');
  return kept?.columns.slice(1).map(({ name }) => name);
}

function statementsOf(input: UndoInput, live: RescueTable, columns: string[]) {
  const { schema, table, undoTable = '' } = input;
  return unmergeStatements({ schema, table, undoTable, live, columns });
}

/** The dry run of taking a rescue back: either the table that it made goes, or the rows that it changed. */
export async function planUndo(ctx: PlanContext, input: UndoInput): Promise<PlanDraft<UndoParams>> {
  const session = await connectForPlan(ctx, 'operate', input.database);
  try {
    const place = qualified(input.schema, input.table);
    const live = await readRescueTable(session, input.schema, input.table);
    const as = 'login operate';
    const blocked = (message: string, next: string): PlanDraft<UndoParams> => ({
      ...{ summary: `Take back the rescue of ${place}.`, acts: [], params: { columns: [] }, warnings: [] },
      ...{ blockers: [{ message, next }], estimates: [] },
    });
    if (live?.oid !== input.oid) {
      return blocked(
        `${place} is not the table of that rescue any more.`,
        'Look at it: it was dropped, or made anew.',
      );
    }
    if (input.undoTable === undefined) {
      const [count] = await session.query(`select count(*)::float8 as count from ${place}`, [], {
        deadlineMs: 600_000,
      });
      const more = Number(count?.count) - (input.rows ?? 0);
      return {
        summary: `Drop ${place}, which the rescue made.`,
        acts: [{ step: 'undo', sql: `drop table ${place};`, as }],
        params: { columns: [] },
        warnings:
          more !== 0 ? [`It has ${more} rows more than were rescued: people write to it. They go too.`] : [],
        blockers: [],
        estimates: [{ label: 'Rows that go', value: Number(count?.count), unit: 'count' }],
      };
    }
    const columns = await keptColumns(session, input);
    if (!columns) {
      return blocked(
        'The table that kept what the merge changed is gone.',
        'It cannot be taken back any more.',
      );
    }
    const { remove, putBack, drop } = statementsOf(input, live, columns);
    const lines = ['begin', remove, ...(putBack ? [putBack] : []), drop, 'commit'];
    const [count] = await session.query(
      `select count(*)::float8 as count from ${qualified(input.schema, input.undoTable)} where plumbline_what <> 'before'`,
    );
    return {
      summary: `Take back what the merge changed in ${place}; rows that were changed since stay as they are.`,
      acts: [{ step: 'undo', sql: lines.map((line) => `${line};`).join('\n'), as }],
      params: { columns },
      warnings: [],
      blockers: [],
      estimates: [{ label: 'Rows that the merge changed', value: Number(count?.count), unit: 'count' }],
    };
  } finally {
    await session.close();
  }
}

/** Takes a rescue back in one transaction. @throws PlumblineError `conflict` when the table is another one now. */
export async function undoRescue(ctx: UndoContext): Promise<JsonObject> {
  const { input } = ctx;
  const place = qualified(input.schema, input.table);
  const session = await ctx.connect('operate', input.database);
  try {
    await session.query('begin');
    await session.query(`set local lock_timeout = '5s'`);
    await session.query(sameTextSql);
    const live = await readRescueTable(session, input.schema, input.table);
    if (live?.oid !== input.oid) {
      throw new PlumblineError('conflict', `${place} is not the table of that rescue any more.`, {
        next: 'Nothing was changed.',
      });
    }
    const facts =
      input.undoTable === undefined ? await dropTable(session, place) : await unmerge(ctx, session, live);
    await session.query('commit');
    await ctx.evidence({
      type: 'rescue',
      verdict: 'pass',
      title: `Table ${input.schema}.${input.table}`,
      database: input.database,
      phase: 'after',
      facts,
    });
    return facts;
  } catch (error) {
    await session.query('rollback').catch(() => {});
    throw error;
  } finally {
    await session.close();
  }
}

async function dropTable(session: Session, place: string): Promise<JsonObject> {
  await session.query(`drop table ${place}`);
  return { dropped: place };
}

async function unmerge(ctx: UndoContext, session: Session, live: RescueTable): Promise<JsonObject> {
  const { remove, putBack, drop } = statementsOf(ctx.input, live, ctx.params.columns);
  const [kept] = await session.query(
    `select count(*) filter (where plumbline_what = 'inserted')::float8 as inserted,
       count(*) filter (where plumbline_what = 'after')::float8 as updated
     from ${qualified(ctx.input.schema, ctx.input.undoTable ?? '')}`,
  );
  const removed = (
    await session.query(`with done as (${remove}) select count(*)::float8 as count from done`, [], {
      deadlineMs: longMs,
    })
  )[0];
  const back = putBack
    ? (
        await session.query(`with done as (${putBack}) select count(*)::float8 as count from done`, [], {
          deadlineMs: longMs,
        })
      )[0]
    : undefined;
  await session.query(drop);
  const facts = { removed: Number(removed?.count), putBack: Number(back?.count ?? 0) };
  const left = Number(kept?.inserted) + Number(kept?.updated) - facts.removed - facts.putBack;
  if (left > 0) ctx.log('warn', `${left} rows were changed since and stay as they are.`);
  return { ...facts, changedSince: left };
}
