import { messageOf, PlumblineError } from '@/lib/base/errors';
import type { JsonObject } from '@/lib/engine/define-job';
import { referenceSql } from '@/lib/procedures/table-rescue-acts';
import {
  countRows,
  lockMs,
  longMs,
  type RescueContext,
  type Rescued,
  withBoth,
} from '@/lib/procedures/table-rescue-context';

/** Notes what the live table holds and what the copy's does, before anything is done. */
export async function noteBefore(ctx: RescueContext): Promise<JsonObject> {
  const { schema, table, database } = ctx.input;
  return withBoth(ctx, async (live, saved, sides) => {
    const rows =
      sides.live && ['r', 'p'].includes(sides.live.kind) ? await countRows(live, schema, table) : null;
    const savedRows = await countRows(saved, schema, table);
    await ctx.evidence({
      type: 'rescue',
      verdict: 'info',
      title: `Table ${schema}.${table}`,
      database,
      phase: 'before',
      facts: { isThere: rows !== null, rows, rowsInCopy: savedRows, moment: ctx.params.moment },
    });
    return { rows, savedRows };
  });
}

/** Makes foreign keys of other tables to a table that came back under its own name, where they are gone with it. */
export async function makeLinks(ctx: RescueContext): Promise<JsonObject> {
  if (ctx.input.how !== 'own-name') return { made: [], refused: [] };
  return withBoth(ctx, async (live, _saved, sides) => {
    const made: string[] = [];
    const refused: string[] = [];
    const there = new Set(
      (sides.live?.references ?? []).map((one) => JSON.stringify([one.schema, one.table, one.name])),
    );
    for (const reference of sides.saved.references) {
      if (there.has(JSON.stringify([reference.schema, reference.table, reference.name]))) continue;
      const statement = referenceSql(reference);
      try {
        await live.query(`set lock_timeout = '${lockMs}ms'`);
        await live.query(statement, [], { deadlineMs: longMs });
        made.push(`${reference.name} on ${reference.schema}.${reference.table}`);
      } catch (error) {
        refused.push(`${statement}: ${messageOf(error)}`);
        ctx.log('warn', `Not made: ${statement}: ${messageOf(error)}`);
      }
    }
    return { made, refused };
  });
}

/** Counts once more and stores what changed. */
export async function noteAfter(ctx: RescueContext): Promise<JsonObject> {
  const done = ctx.outputs.rescue as Rescued;
  const { rows: rowsBefore, savedRows } = ctx.outputs.before as { rows: number | null; savedRows: number };
  const links = ctx.outputs.links as { made: string[]; refused: string[] };
  const { database, how } = ctx.input;
  const live = await ctx.connect('operate', database);
  try {
    const rows = await countRows(live, done.schema, done.name);
    const refused = [...done.refused, ...links.refused];
    // Others write to a live table meanwhile: only a table that nobody knew can be compared one to one.
    const isWhole = how === 'merge' || rows >= savedRows;
    await ctx.evidence({
      type: 'rescue',
      verdict: !isWhole ? 'fail' : refused.length > 0 ? 'partial' : 'pass',
      title: `Table ${done.schema}.${ctx.input.table}`,
      database,
      phase: 'after',
      facts: {
        isThere: true,
        name: done.name,
        rows,
        rowsInCopy: savedRows,
        moment: ctx.params.moment,
        ...(how === 'merge' && {
          inserted: done.counts.inserted ?? 0,
          putBack: done.counts.after ?? 0,
          undoTable: done.undoTable,
        }),
        foreignKeysMade: links.made,
        refused,
      },
    });
    if (!isWhole) {
      throw new PlumblineError('tool-failed', `${done.name} has ${rows} rows, the copy ${savedRows}.`, {
        next: 'Look at both before anybody uses it.',
      });
    }
    return { rows, rowsBefore };
  } finally {
    await live.close();
  }
}
