import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** A finer table summed up by buckets. Each level is made from the one before it. */
export interface RollupLevel {
  table: 'sample_rollups' | 'sample_hours';
  bucketSeconds: number;
  watermarkKey: string;
}

export const rollupLevels = [
  { table: 'sample_rollups', bucketSeconds: 300, watermarkKey: 'sample-rollups' },
  { table: 'sample_hours', bucketSeconds: 3600, watermarkKey: 'sample-hours' },
] as const satisfies readonly RollupLevel[];

const [fiveMinutes, hours] = rollupLevels;
/** A reading is on disk long before this has passed since its moment. */
const settleSeconds = 60;
/** At most so much at once: a console that was down for a day catches up in steps. */
const stepSeconds = 6 * 3600;

/** Up to which moment (epoch seconds) a level is summed up; undefined when nothing is. */
export async function rollupWatermark(db: Store, level: RollupLevel): Promise<number | undefined> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('key', '=', level.watermarkKey)
    .executeTakeFirst();
  const until = row?.value.until;
  return typeof until === 'number' ? until : undefined;
}

/**
 * Sums up what is finished since last time: samples by five minutes, and those by hours. Whoever comes first does it;
 * a second worker at the same moment finds the watermark locked and leaves.
 *
 * @returns false when there was nothing to do.
 */
export async function rollUpSamples(db: Store, now: Date = new Date()): Promise<boolean> {
  const until = now.getTime() / 1000 - settleSeconds;
  const movedFine = await rollUp(db, fiveMinutes, until, sumSamples);
  const finished = await rollupWatermark(db, fiveMinutes);
  const movedCoarse = finished !== undefined && (await rollUp(db, hours, finished, sumFiveMinutes));
  return movedFine || movedCoarse;
}

async function rollUp(
  db: Store,
  level: RollupLevel,
  until: number,
  sumUp: (db: Store, from: number, to: number) => Promise<void>,
): Promise<boolean> {
  const { bucketSeconds, watermarkKey } = level;
  const finished = Math.floor(until / bucketSeconds) * bucketSeconds;
  await sql`
    insert into settings (key, value)
    select ${watermarkKey}, jsonb_build_object('until',
      floor(extract(epoch from min(at)) / ${bucketSeconds}::int) * ${bucketSeconds}::int)
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
    if (typeof from !== 'number' || from >= finished) return false;
    const to = Math.min(finished, from + stepSeconds);
    await sumUp(trx, from, to);
    await trx
      .updateTable('settings')
      .set({ value: JSON.stringify({ until: to }), updated_at: sql`now()` })
      .where('key', '=', watermarkKey)
      .execute();
    return true;
  });
}

async function sumSamples(db: Store, from: number, to: number): Promise<void> {
  const seconds = fiveMinutes.bucketSeconds;
  await sql`
    with part as (
      select series_id, seconds, "values",
        to_timestamp(floor(extract(epoch from at) / ${seconds}::int) * ${seconds}::int) as bucket
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

async function sumFiveMinutes(db: Store, from: number, to: number): Promise<void> {
  const seconds = hours.bucketSeconds;
  await sql`
    with part as (
      select series_id, seconds, sums, counts, maxima,
        to_timestamp(floor(extract(epoch from at) / ${seconds}::int) * ${seconds}::int) as bucket
      from sample_rollups
      where at >= to_timestamp(${from}::float8)
        and at < to_timestamp(${to}::float8)
    ),
    cells as (
      select series_id, bucket, place, sum(total) as total, sum(n)::int as n, max(largest) as largest
      from part, unnest(sums, counts, maxima) with ordinality as one (total, n, largest, place)
      group by series_id, bucket, place
    ),
    spans as (
      select series_id, bucket, sum(seconds)::real as seconds
      from part
      group by series_id, bucket
    )
    insert into sample_hours (series_id, at, seconds, sums, counts, maxima)
    select series_id, bucket, spans.seconds,
      array_agg(total order by place), array_agg(n order by place), array_agg(largest order by place)
    from cells
    join spans using (series_id, bucket)
    group by series_id, bucket, spans.seconds
    on conflict do nothing`.execute(db);
}
