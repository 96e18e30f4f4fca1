import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';
import { watermarkOf } from '@/lib/store/rollup';
import { type RollupLevel, rollupLevels } from '@/lib/store/sample-rollups';
import { touchedEverySeconds } from '@/lib/store/series';

export interface StoredSeries {
  id: number;
  checkId: string;
  instanceId: string;
  database: string;
  key: Record<string, string>;
  columns: string[];
}

export interface SeriesFilter {
  instanceIds: readonly string[];
  checkIds: readonly string[];
  database?: string;
  /** Epoch seconds: series that ended before are left out. */
  from: number;
}

/** The series that may have samples since `from`, those written last first. */
export async function findSeries(db: Store, filter: SeriesFilter): Promise<StoredSeries[]> {
  if (filter.instanceIds.length === 0 || filter.checkIds.length === 0) return [];
  const since = new Date((filter.from - 2 * touchedEverySeconds) * 1000).toISOString();
  let query = db
    .selectFrom('series')
    .select(['id', 'check_id', 'instance_id', 'database', 'key', 'columns'])
    .where('instance_id', 'in', [...filter.instanceIds])
    .where('check_id', 'in', [...filter.checkIds])
    .where('last_at', '>=', since)
    .orderBy('last_at', 'desc')
    .orderBy('id');
  if (filter.database !== undefined) query = query.where('database', '=', filter.database);
  const rows = await query.execute();
  return rows.map((row) => ({
    id: row.id,
    checkId: row.check_id,
    instanceId: row.instance_id,
    database: row.database,
    key: row.key,
    columns: row.columns,
  }));
}

/** Buckets of a range: bucket i begins at `start + i × stepSeconds`, in epoch seconds. */
export interface Grid {
  start: number;
  stepSeconds: number;
  points: number;
}

/**
 * The finest grid over a range with at most `maxPoints` buckets, none shorter than the cadence of what is read. Steps
 * that come near the length of summed-up buckets take whole ones: reading a day's samples for buckets a little
 * shorter would cost thirty times as much.
 */
export function gridFor(range: {
  from: number;
  to: number;
  cadenceSeconds: number;
  maxPoints: number;
}): Grid {
  const { from, to, cadenceSeconds, maxPoints } = range;
  let stepSeconds = Math.ceil((to - from) / maxPoints / cadenceSeconds) * cadenceSeconds || cadenceSeconds;
  for (;;) {
    const level = rollupLevels.findLast(({ bucketSeconds }) => stepSeconds > bucketSeconds / 2);
    const unitSeconds = Math.max(level?.bucketSeconds ?? 0, cadenceSeconds);
    stepSeconds = Math.ceil(stepSeconds / unitSeconds) * unitSeconds;
    const start = Math.floor(from / stepSeconds) * stepSeconds;
    const points = Math.max(1, Math.ceil((to - start) / stepSeconds));
    if (points <= maxPoints) return { start, stepSeconds, points };
    stepSeconds += unitSeconds;
  }
}

/** Sums of one series over the buckets of a grid; null where a bucket holds nothing. */
export interface BucketSums {
  /** Seconds that the deltas of a bucket were measured over. */
  seconds: (number | null)[];
  /** The longest time between two readings of a bucket, where it is known. */
  longestSeconds: (number | null)[];
  /** By place of the column in the series. */
  sums: (number | null)[][];
  counts: number[][];
  maxima: (number | null)[][];
}

type BucketRow = Record<string, number | null>;

/** Sums up series that share their columns over a grid. Long steps read what is summed up, and samples since. */
export async function readBuckets(
  db: Store,
  ids: readonly number[],
  columnCount: number,
  grid: Grid,
): Promise<Map<number, BucketSums>> {
  const end = grid.start + grid.points * grid.stepSeconds;
  const parts: Promise<BucketRow[]>[] = [];
  let from = grid.start;
  // The coarsest level that divides the step comes first; what it does not reach yet is read finer.
  for (const level of rollupLevels.toReversed()) {
    if (grid.stepSeconds % level.bucketSeconds !== 0) continue;
    const to = Math.min(end, (await watermarkOf(db, level)) ?? from);
    if (to > from) parts.push(readSums(db, level, ids, columnCount, grid, from, to));
    from = Math.max(from, to);
  }
  if (from < end) parts.push(readSamples(db, ids, columnCount, grid, from, end));
  const bySeries = new Map<number, BucketSums>();
  for (const row of (await Promise.all(parts)).flat()) {
    const id = Number(row.series_id);
    const at = Number(row.bucket);
    let sums = bySeries.get(id);
    if (!sums) {
      sums = emptyBuckets(columnCount, grid.points);
      bySeries.set(id, sums);
    }
    addRow(sums, at, columnCount, row);
  }
  return bySeries;
}

function emptyBuckets(columnCount: number, points: number): BucketSums {
  const nulls = () => new Array<number | null>(points).fill(null);
  const each = <T>(make: () => T) => Array.from({ length: columnCount }, make);
  return {
    seconds: nulls(),
    longestSeconds: nulls(),
    sums: each(nulls),
    counts: each(() => new Array<number>(points).fill(0)),
    maxima: each(nulls),
  };
}

/** A bucket may come in two parts: what was summed up already, and samples since. */
function addRow(into: BucketSums, at: number, columnCount: number, row: BucketRow): void {
  const add = (list: (number | null)[], value: number | null | undefined) => {
    if (typeof value === 'number') list[at] = (list[at] ?? 0) + value;
  };
  const raise = (list: (number | null)[], value: number | null | undefined) => {
    if (typeof value === 'number') list[at] = Math.max(list[at] ?? value, value);
  };
  add(into.seconds, row.seconds);
  raise(into.longestSeconds, row.longest);
  for (let place = 0; place < columnCount; place += 1) {
    add(into.sums[place] ?? [], row[`s${place}`]);
    raise(into.maxima[place] ?? [], row[`m${place}`]);
    const counts = into.counts[place];
    if (counts) counts[at] = (counts[at] ?? 0) + Number(row[`c${place}`] ?? 0);
  }
}

function bucketOf(grid: Grid) {
  return sql`floor((extract(epoch from at)::float8 - ${grid.start}::float8) / ${grid.stepSeconds}::float8)::int4`;
}

async function readSamples(
  db: Store,
  ids: readonly number[],
  columnCount: number,
  grid: Grid,
  from: number,
  to: number,
): Promise<BucketRow[]> {
  const cells = Array.from({ length: columnCount }, (_, place) => {
    const cell = sql`"values"[${sql.lit(place + 1)}]`;
    return sql`sum(${cell}) as ${sql.id(`s${place}`)}, count(${cell})::int4 as ${sql.id(`c${place}`)},
      max(${cell}) as ${sql.id(`m${place}`)}`;
  });
  const { rows } = await sql<BucketRow>`
    select series_id, ${bucketOf(grid)} as bucket, sum(seconds)::float8 as seconds, max(seconds)::float8 as longest,
      ${sql.join(cells)}
    from samples
    where series_id = any (${[...ids]}::bigint[])
      and at >= to_timestamp(${from}::float8)
      and at < to_timestamp(${to}::float8)
    group by 1, 2`.execute(db);
  return rows;
}

async function readSums(
  db: Store,
  level: RollupLevel,
  ids: readonly number[],
  columnCount: number,
  grid: Grid,
  from: number,
  to: number,
): Promise<BucketRow[]> {
  const cells = Array.from({ length: columnCount }, (_, place) => {
    const number = sql.lit(place + 1);
    return sql`sum(sums[${number}]) as ${sql.id(`s${place}`)}, sum(counts[${number}])::int4 as ${sql.id(`c${place}`)},
      max(maxima[${number}]) as ${sql.id(`m${place}`)}`;
  });
  const { rows } = await sql<BucketRow>`
    select series_id, ${bucketOf(grid)} as bucket, sum(seconds)::float8 as seconds, null::float8 as longest,
      ${sql.join(cells)}
    from ${sql.table(level.table)}
    where series_id = any (${[...ids]}::bigint[])
      and at >= to_timestamp(${from}::float8)
      and at < to_timestamp(${to}::float8)
    group by 1, 2`.execute(db);
  return rows;
}

/** Rates of a counter by bucket: growth over the seconds it was measured, null where nothing was. */
export function perSecond(buckets: BucketSums, place: number): (number | null)[] {
  return buckets.seconds.map((seconds, at) => {
    const sum = buckets.sums[place]?.[at];
    return seconds !== null && seconds > 0 && typeof sum === 'number' ? sum / seconds : null;
  });
}

/** Means of a gauge by bucket. */
export function meanOf(buckets: BucketSums, place: number): (number | null)[] {
  return (buckets.sums[place] ?? []).map((sum, at) => {
    const count = buckets.counts[place]?.[at] ?? 0;
    return sum !== null && count > 0 ? sum / count : null;
  });
}

/** A ratio by bucket, in percent: sum over sum, null where nothing was counted. */
export function ratioOf(
  buckets: BucketSums,
  of: readonly number[],
  over: readonly number[],
): (number | null)[] {
  return buckets.seconds.map((_, at) => {
    const total = (places: readonly number[]) =>
      places.reduce<number | null>((sum, place) => {
        const cell = buckets.sums[place]?.[at];
        return sum === null || typeof cell !== 'number' ? null : sum + cell;
      }, 0);
    const numerator = total(of);
    const denominator = total(over);
    return numerator !== null && denominator !== null && denominator > 0
      ? (100 * numerator) / denominator
      : null;
  });
}

/**
 * With buckets as short as the cadence, jitter now and then leaves one empty between two readings that are no further
 * apart than usual: it takes the value of the next. A missed reading stays a gap.
 */
export function bridgeJitter(
  values: (number | null)[],
  buckets: BucketSums,
  grid: Grid,
  cadenceSeconds: number,
): (number | null)[] {
  if (grid.stepSeconds >= 2 * cadenceSeconds) return values;
  return values.map((value, at) => {
    if (value !== null || (values[at - 1] ?? null) === null) return value;
    const longest = buckets.longestSeconds[at + 1] ?? null;
    return longest !== null && longest <= 1.6 * cadenceSeconds ? (values[at + 1] ?? null) : null;
  });
}
