import { sql } from 'kysely';
import { utcDay } from '@/lib/base/time';
import type { Store } from '@/lib/store/db';
import { type LoadDimension, type LoadNames, loadDimensions } from '@/lib/store/load-names';

/** Sessions that were alike in one sample; what cannot be named is `(none)`. */
export type LoadTuple = Record<LoadDimension, string> & {
  /** Autovacuum and the like: shown apart from clients. */
  background: boolean;
  /** How often they were seen. */
  count: number;
};

/** Ten seconds of an instance. */
export interface LoadBucket {
  /** ISO 8601 of its begin. */
  at: string;
  /** Samples that were taken, and those that should have been but were not. */
  taken: number;
  missed: number;
  tuples: LoadTuple[];
}

export const loadBucketSeconds = 10;

/** Appends buckets; one that is there already (of the lease before) stays as it is. */
export async function appendLoad(
  db: Store,
  instanceId: string,
  buckets: readonly LoadBucket[],
  names: LoadNames,
): Promise<void> {
  for (const { at, taken, missed, tuples } of buckets) {
    const wanted = Object.fromEntries(
      loadDimensions.map((dimension) => [dimension, new Set(tuples.map((tuple) => tuple[dimension]))]),
    ) as Record<LoadDimension, Set<string>>;
    await names.remember(db, instanceId, utcDay(new Date(at)), wanted);
    const ids = (dimension: LoadDimension) => tuples.map((tuple) => names.get(dimension, tuple[dimension]));
    await sql`
      insert into load_samples (instance_id, at, taken, missed, counts, background, wait, query, username, database,
        application, host)
      values (${instanceId}, ${at}::timestamptz, ${taken}, ${missed},
        ${tuples.map((tuple) => tuple.count)}::int[], ${tuples.map((tuple) => tuple.background)}::bool[],
        ${ids('wait')}::int[], ${ids('query')}::int[], ${ids('username')}::int[], ${ids('database')}::int[],
        ${ids('application')}::int[], ${ids('host')}::int[])
      on conflict do nothing`.execute(db);
  }
}
