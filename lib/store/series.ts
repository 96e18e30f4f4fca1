import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** One reading of one object: its gauges, and its counters as deltas over `seconds`. */
export interface Sample {
  checkId: string;
  /** Empty for a check of the whole instance. */
  database: string;
  key: Record<string, string>;
  /** Column → value; null is "not known". The order makes the series' layout and must not change between ticks. */
  values: Record<string, number | null>;
  /** Seconds that the deltas were measured over; null on a first reading. */
  seconds: number | null;
}

export interface SeriesOwner {
  clusterId: string;
  instanceId: string;
}

/** Ids of the series that this writer knows, so that a tick is one insert. One per instance and lease. */
export class SeriesIds {
  private readonly ids = new Map<string, number>();
  private touched = new Set<number>();

  nameOf(sample: Sample): string {
    return JSON.stringify([sample.checkId, sample.database, sample.key, Object.keys(sample.values)]);
  }

  get(sample: Sample): number | undefined {
    const id = this.ids.get(this.nameOf(sample));
    if (id !== undefined) this.touched.add(id);
    return id;
  }

  set(sample: Sample, id: number): void {
    this.ids.set(this.nameOf(sample), id);
    this.touched.add(id);
  }

  /** After a transaction that was rolled back: series that it made are not there. */
  clear(): void {
    this.ids.clear();
    this.touched.clear();
  }

  /** The series that were written since the last call. */
  takeTouched(): number[] {
    const ids = [...this.touched];
    this.touched = new Set();
    return ids;
  }
}

/**
 * Appends the readings of one moment. A series that is new is made; a reading that is there already stays as it is.
 *
 * @param at ISO 8601 of the moment on our clock; its day's partition must have been made (`turnDays`).
 */
export async function append(
  db: Store,
  owner: SeriesOwner,
  at: string,
  samples: readonly Sample[],
  ids: SeriesIds,
): Promise<void> {
  if (samples.length === 0) return;
  for (const sample of samples) {
    if (ids.get(sample) === undefined) ids.set(sample, await makeSeries(db, owner, sample));
  }
  const seriesIds = samples.map((sample) => ids.get(sample));
  const values = samples.map((sample) => floatArray(Object.values(sample.values)));
  await sql`
    insert into samples (series_id, at, seconds, values)
    select id, ${at}::timestamptz, seconds, "values"::float8[]
    from unnest(${seriesIds}::bigint[], ${samples.map((sample) => sample.seconds)}::real[], ${values}::text[])
      as new (id, seconds, "values")
    on conflict do nothing`.execute(db);
}

async function makeSeries(db: Store, owner: SeriesOwner, sample: Sample): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into series (check_id, cluster_id, instance_id, database, key, columns)
    values (${sample.checkId}, ${owner.clusterId}, ${owner.instanceId}, ${sample.database},
      ${JSON.stringify(sample.key)}::jsonb, ${Object.keys(sample.values)}::text[])
    on conflict (instance_id, check_id, database, key, columns)
      do update set last_at = now(), cluster_id = excluded.cluster_id
    returning id`.execute(db);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('an upsert gave no row back');
  return id;
}

/** PostgreSQL's text of a float8 array. */
function floatArray(values: readonly (number | null)[]): string {
  return `{${values.map((value) => (value === null || !Number.isFinite(value) ? 'NULL' : String(value))).join(',')}}`;
}

/** Marks series as still written, so that a page leaves out those that ended before its range. */
export async function touchSeries(db: Store, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`update series set last_at = now() where id = any (${[...ids]}::bigint[])`.execute(db);
}

/** How long `last_at` may lag behind the newest sample. */
export const touchedEverySeconds = 900;
