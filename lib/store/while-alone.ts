import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/**
 * Does work while this process holds an advisory lock of our database, so that one of all workers does it at a time;
 * undefined, without doing it, when another one holds it. A lost connection gives the lock up.
 */
export async function whileAlone<T>(db: Store, key: number, work: () => Promise<T>): Promise<T | undefined> {
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{ held: boolean }>`select pg_try_advisory_lock(${key}) as held`.execute(
      connection,
    );
    if (!rows[0]?.held) return undefined;
    try {
      return await work();
    } finally {
      await sql`select pg_advisory_unlock(${key})`.execute(connection);
    }
  });
}
