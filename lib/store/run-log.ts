import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { fenced, type Held } from '@/lib/store/run-claims';

export interface LogLine {
  seq: number;
  at: string;
  epoch: number;
  step: string | null;
  level: 'info' | 'warn' | 'error';
  text: string;
}

/** The number that the next line of a run's log gets. */
export async function nextLogSeq(db: Store, runId: string): Promise<number> {
  const last = await db
    .selectFrom('run_log')
    .select((e) => e.fn.max('seq').as('seq'))
    .where('run_id', '=', runId)
    .executeTakeFirst();
  return (last?.seq ?? 0) + 1;
}

/** Appends lines, numbered by their holder. */
export async function appendLog(
  db: Store,
  held: Held,
  lines: readonly Omit<LogLine, 'epoch'>[],
): Promise<void> {
  if (lines.length === 0) return;
  await fenced(db, held, async (trx) => {
    await trx
      .insertInto('run_log')
      .values(
        lines.map((line) => ({
          run_id: held.runId,
          epoch: held.epoch,
          seq: line.seq,
          at: line.at,
          step: line.step,
          level: line.level,
          text: line.text,
        })),
      )
      // A batch whose commit was not heard of comes again.
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  });
}

/** Lines after a number, oldest first. */
export async function logAfter(
  db: Store,
  runId: string,
  afterSeq: number,
  limit: number,
): Promise<LogLine[]> {
  return db
    .selectFrom('run_log')
    .select(['seq', 'at', 'epoch', 'step', 'level', 'text'])
    .where('run_id', '=', runId)
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

/** Says how far the present step is; not appended, since only the latest counts. */
export async function setProgress(db: Store, held: Held, progress: JsonObject): Promise<void> {
  await db
    .updateTable('runs')
    .set({ progress: JSON.stringify(progress) })
    .where('id', '=', held.runId)
    .where('epoch', '=', held.epoch)
    .where('state', '=', 'running')
    .execute();
}
