import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';
import { type Rollup, rollUp, watermarkOf } from '@/lib/store/rollup';

/** Sums of samples by five minutes and by hours; the second is made from the first. */
export interface RollupLevel extends Rollup {
  table: 'sample_rollups' | 'sample_hours';
}

export const rollupLevels = [
  { table: 'sample_rollups', from: 'samples', bucketSeconds: 300, watermarkKey: 'sample-rollups' },
  { table: 'sample_hours', from: 'sample_rollups', bucketSeconds: 3600, watermarkKey: 'sample-hours' },
] as const satisfies readonly RollupLevel[];

const [fiveMinutes, hours] = rollupLevels;
/** A reading is on disk long before this has passed since its moment. */
const settleSeconds = 60;
const mostSeconds = 6 * 3600;

/**
 * Sums up what is finished since last time: samples by five minutes, and those by hours.
 *
 * @returns false when there was nothing to do.
 */
export async function rollUpSamples(db: Store, now: Date = new Date()): Promise<boolean> {
  const until = now.getTime() / 1000 - settleSeconds;
  const movedFine = await rollUp(db, fiveMinutes, until, mostSeconds, sumSamples);
  const finished = await watermarkOf(db, fiveMinutes);
  const movedCoarse =
    finished !== undefined && (await rollUp(db, hours, finished, mostSeconds, sumFiveMinutes));
  return movedFine || movedCoarse;
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
