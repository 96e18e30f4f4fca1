import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** What one reading of pg_stat_statements could account for. */
export interface NewReading {
  /** Since the reading before it. */
  seconds: number;
  entries: number;
  /** pg_stat_statements.max: with more, the server evicts. */
  maxEntries: number | null;
  moved: number;
  /** Execution and planning of top-level statements that were accounted, ms. */
  accountedMs: number;
  /** What pg_stat_database says that sessions were active meanwhile, ms; null when it cannot be known. */
  databaseMs: number | null;
  /** That counter itself, over all databases: the next reading is measured against it, also after a gap. */
  activeMs: number | null;
  evictions: number | null;
  wasReset: boolean;
  /** Nobody read for that long: nothing of it is accounted. */
  wasAway: boolean;
}

export async function appendReading(
  db: Store,
  instanceId: string,
  at: string,
  reading: NewReading,
): Promise<void> {
  await db
    .insertInto('statement_readings')
    .values({
      instance_id: instanceId,
      at,
      seconds: reading.seconds,
      entries: reading.entries,
      max_entries: reading.maxEntries,
      moved: reading.moved,
      accounted_ms: reading.accountedMs,
      database_ms: reading.databaseMs,
      active_ms: reading.activeMs,
      evictions: reading.evictions,
      was_reset: reading.wasReset,
      was_away: reading.wasAway,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The newest reading of an instance: what a collector that comes anew goes on from. */
export async function lastReading(
  db: Store,
  instanceId: string,
): Promise<{ at: string; activeMs: number | null } | undefined> {
  return db
    .selectFrom('statement_readings')
    .select(['at', 'active_ms as activeMs'])
    .where('instance_id', '=', instanceId)
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export interface StatementCoverage {
  accountedMs: number;
  /** Null when no reading could be compared with it. */
  databaseMs: number | null;
  evictions: number | null;
  resets: number;
  readings: number;
  /** Seconds in which nobody read. */
  awaySeconds: number;
  entries: number | null;
  maxEntries: number | null;
  newestAt: string | null;
}

/** How much of the database's time the readings of a window (epoch seconds) account for. */
export async function readCoverage(
  db: Store,
  window: { instanceId: string; from: number; to: number },
): Promise<StatementCoverage> {
  const within = sql`instance_id = ${window.instanceId}
        and at >= to_timestamp(${window.from}::float8)
        and at < to_timestamp(${window.to}::float8)`;
  const { rows } = await sql<StatementCoverage>`
    select sums.*, newest.entries, newest.max_entries as "maxEntries", newest.at as "newestAt"
    from (
      select
        coalesce(sum(accounted_ms) filter (where database_ms is not null), 0)::float8 as "accountedMs",
        sum(database_ms)::float8 as "databaseMs",
        sum(evictions)::float8 as evictions,
        count(*) filter (where was_reset)::int4 as resets,
        count(*)::int4 as readings,
        coalesce(sum(seconds) filter (where was_away), 0)::float8 as "awaySeconds"
      from statement_readings
      where ${within}
    ) as sums
    left join lateral (
      select at, entries, max_entries
      from statement_readings
      where ${within}
      order by at desc
      limit 1
    ) as newest on true`.execute(db);
  return rows[0] as StatementCoverage;
}

/** Seconds that were measured in each bucket of a grid; a bucket that nobody read in is left out: a gap. */
export async function measuredSeconds(
  db: Store,
  instanceId: string,
  grid: { start: number; stepSeconds: number; points: number },
): Promise<Map<number, number>> {
  const end = grid.start + grid.points * grid.stepSeconds;
  const { rows } = await sql<{ bucket: number; seconds: number }>`
    select floor((date_part('epoch', at) - ${grid.start}::float8) / ${grid.stepSeconds}::float8)::int4 as bucket,
      sum(seconds)::float8 as seconds
    from statement_readings
    where instance_id = ${instanceId}
      and not was_away
      and seconds > 0
      and at >= to_timestamp(${grid.start}::float8)
      and at < to_timestamp(${end}::float8)
    group by 1`.execute(db);
  return new Map(rows.map(({ bucket, seconds }) => [bucket, seconds]));
}
