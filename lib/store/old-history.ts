import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/**
 * Removes some of what is too old to be asked for: log lines of runs that ended, findings that closed and alerts
 * that were over, with what was sent of them, over 400 days ago; connection tests (but the newest of each instance) and plans that never ran over 90 days old. The ages are the
 * database's own; see the migration. @returns how many rows went: call again until none does.
 */
export async function forgetOldHistory(db: Store, batch = 5_000): Promise<number> {
  const { rows } = await sql<{ removed: number }>`
    select forget_old_history(${batch}) + forget_old_word(${batch}) as removed`.execute(db);
  return rows[0]?.removed ?? 0;
}
