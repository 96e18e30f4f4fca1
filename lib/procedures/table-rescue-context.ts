import type { Session, StepContext } from '@/lib/engine/define-job';
import { qualified } from '@/lib/instance/quote';
import type { RescueInput, RescueParams, RescueSides } from '@/lib/procedures/table-rescue-acts';
import { readSides } from '@/lib/procedures/table-rescue-plan';
import { carryRows } from '@/lib/procedures/table-rescue-rows';
import { forceHeapScans, validationDeadlineMs } from '@/lib/procedures/validation';

export type RescueContext = StepContext<RescueInput, RescueParams>;

/** How long the live table may be waited for: everybody who comes after waits as well. */
export const lockMs = 5_000;
export const longMs = 6 * 3600_000;

/** What the later steps and the undo need to know of what was done. */
export type Rescued = {
  schema: string;
  name: string;
  oid: number;
  undoTable: string | null;
  counts: Record<string, number>;
  refused: string[];
};

/** Works with a session on the live database and one on the copy's. */
export async function withBoth<T>(
  ctx: RescueContext,
  work: (live: Session, saved: Session, sides: RescueSides) => Promise<T>,
): Promise<T> {
  const copy = await ctx.copy(ctx.input.copyId);
  const live = await ctx.connect('operate', ctx.input.database);
  try {
    const saved = await copy.connect(ctx.input.database);
    try {
      return await work(live, saved, await readSides(live, saved, ctx.input));
    } finally {
      await saved.close();
    }
  } finally {
    await live.close();
  }
}

/** Exact rows of a table, read from its heap: an index may say what the table does not hold. */
export async function countRows(session: Session, schema: string, name: string): Promise<number> {
  await forceHeapScans(session);
  const [row] = await session.query(`select count(*)::float8 as count from ${qualified(schema, name)}`, [], {
    deadlineMs: validationDeadlineMs,
  });
  return Number(row?.count);
}

/** Carries the copy's rows into the live transaction, with progress. */
export async function load(
  ctx: RescueContext,
  live: Session,
  saved: Session,
  select: string,
  insert: string,
) {
  const { savedRows } = ctx.outputs.before as { savedRows: number };
  return carryRows(saved, live, {
    ...{ select, insert, signal: ctx.signal },
    onRows: (done) => ctx.progress(done, savedRows, 'rows read from the copy'),
  });
}
