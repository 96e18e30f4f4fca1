import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** A table of sums by buckets of time, made from a finer one, and how far it has come. */
export interface Rollup {
  /** The finer table; its `at` is summed up by buckets. */
  from: 'samples' | 'sample_rollups' | 'statement_samples' | 'statement_hours';
  bucketSeconds: number;
  /** Where `settings` keeps how far it has come. */
  watermarkKey: string;
}

/** Up to which moment (epoch seconds) a table is summed up; undefined when nothing is. */
export async function watermarkOf(
  db: Store,
  { watermarkKey }: Pick<Rollup, 'watermarkKey'>,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('key', '=', watermarkKey)
    .executeTakeFirst();
  const until = row?.value.until;
  return typeof until === 'number' ? until : undefined;
}

/**
 * Sums up whole buckets from where the last one ended, `mostSeconds` at once: a console that was down catches up in
 * steps. Whoever comes first does it; a second worker at the same moment finds the watermark locked and leaves.
 *
 * @param until epoch seconds; what is older is on disk for sure.
 * @returns false when there was nothing to do.
 */
export async function rollUp(
  db: Store,
  rollup: Rollup,
  until: number,
  mostSeconds: number,
  sumUp: (trx: Store, from: number, to: number) => Promise<void>,
): Promise<boolean> {
  const { bucketSeconds, watermarkKey } = rollup;
  const finished = Math.floor(until / bucketSeconds) * bucketSeconds;
  await sql`
    insert into settings (key, value)
    select ${watermarkKey}, jsonb_build_object('until',
      floor(date_part('epoch', min(at)) / ${bucketSeconds}::int) * ${bucketSeconds}::int)
    from ${sql.table(rollup.from)}
    having min(at) is not null
      and not exists (select from settings where key = ${watermarkKey})
    on conflict do nothing`.execute(db);
  return db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('settings')
      .select('value')
      .where('key', '=', watermarkKey)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst();
    const from = row?.value.until;
    if (typeof from !== 'number' || from >= finished) return false;
    const to = Math.min(finished, from + mostSeconds);
    await sumUp(trx, from, to);
    await trx
      .updateTable('settings')
      .set({ value: JSON.stringify({ until: to }), updated_at: sql`now()` })
      .where('key', '=', watermarkKey)
      .execute();
    return true;
  });
}
