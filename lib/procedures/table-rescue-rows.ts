import type { Session } from '@/lib/engine/define-job';
import { sameTextSql } from '@/lib/procedures/table-rescue-sql';

const batchBytes = 2 * 1024 * 1024;
const mostRows = 5_000;
const deadlineMs = 600_000;

/**
 * Carries rows from a copy into a transaction of the live server, in batches of about 2 MiB; the next one is read while
 * one is written. `to` has begun its transaction; `from` gets one of its own, read only.
 *
 * @returns how many there were. @throws InstanceError `too-large` for a batch whose rows are over 16 MiB together.
 */
export async function carryRows(
  from: Session,
  to: Session,
  of: { select: string; insert: string; signal: AbortSignal; onRows(done: number): void },
): Promise<number> {
  await from.query('begin isolation level repeatable read, read only');
  try {
    await from.query(sameTextSql);
    await from.query(`declare plumbline_rows no scroll cursor for ${of.select}`);
    let size = 50;
    let done = 0;
    const next = async () =>
      (await from.query(`fetch forward ${size} from plumbline_rows`, [], { deadlineMs })).map(({ r }) =>
        String(r),
      );
    for (let rows = await next(); rows.length > 0; ) {
      of.signal.throwIfAborted();
      const bytes = rows.reduce((sum, row) => sum + row.length, 0);
      size = Math.min(mostRows, size * 4, Math.max(1, Math.floor(batchBytes / (bytes / rows.length + 1))));
      const [following] = await Promise.all([next(), to.query(of.insert, [rows], { deadlineMs })]);
      done += rows.length;
      of.onRows(done);
      rows = following;
    }
    return done;
  } finally {
    await from.query('rollback').catch(() => {});
  }
}
