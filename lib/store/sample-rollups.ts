import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

export const rollupSeconds = 300;
const watermarkKey = 'sample-rollups';
/** A reading is on disk long before this has passed since its moment. */
const settleSeconds = 60;
/** At most so much at once: a console that was down for a day catches up in steps. */
const stepSeconds = 6 * 3600;

/** Samples before this moment (epoch seconds) are summed up; undefined when none are. */
export async function rollupWatermark(db: Store): Promise<number | undefined> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('key', '=', watermarkKey)
    .executeTakeFirst();
  const until = row?.value.until;
  return typeof until === 'number' ? until : undefined;
}

/**
 * Sums up the samples of finished five-minute buckets since last time. Whoever comes first does it; a second worker
 * at the same moment finds the row locked and leaves.
 *
 * @returns the new watermark in epoch seconds, or undefined when there was nothing to do.
 */
export async function rollUpSamples(db: Store, now: Date = new Date()): Promise<number | undefined> {
  const finished = Math.floor((now.getTime() / 1000 - settleSeconds) / rollupSeconds) * rollupSeconds;
  await sql`
    insert into settings (key, value)
    select ${watermarkKey}, jsonb_build_object('until',
      floor(extract(epoch from min(at)) / ${rollupSeconds}::int) * ${rollupSeconds}::int)
    from samples
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
    if (typeof from !== 'number' || from >= finished) return undefined;
    const to = Math.min(finished, from + stepSeconds);
    await sumUp(trx, from, to);
    const value = JSON.stringify({ until: to });
    await trx
      .updateTable('settings')
      .set({ value, updated_at: sql`now()` })
      .where('key', '=', watermarkKey)
      .execute();
    return to;
  });
}

async function sumUp(db: Store, from: number, to: number): Promise<void> {
  await sql`
    with part as (
      select series_id, seconds, "values",
        to_timestamp(floor(extract(epoch from at) / ${rollupSeconds}::int) * ${rollupSeconds}::int) as bucket
      from samples
      where at >= to_timestamp(${from}::float8)
        and at < to_timestamp(${to}::float8)
    ),
    cells as (
      select series_id, bucket, place, sum(cell) as total, count(cell)::int as n, max(cell) as largest
      from part, unnest("values") with ordinality as one (cell, place)
      group by series_id, bucket, place
    ),
    spans as (
      select series_id, bucket, sum(seconds)::real as seconds
      from part
      group by series_id, bucket
    )
    insert into sample_rollups (series_id, at, seconds, sums, counts, maxima)
    select series_id, bucket, spans.seconds,
      array_agg(total order by place), array_agg(n order by place), array_agg(largest order by place)
    from cells
    join spans using (series_id, bucket)
    group by series_id, bucket, spans.seconds
    on conflict do nothing`.execute(db);
}
