import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

export interface ExposurePoint {
  /** Epoch seconds. */
  at: number;
  seconds: number;
}

/**
 * The worst value of a gauge of any server of a cluster, by steps of time: from hours where only those are kept, from
 * the readings themselves for what was not summed up yet.
 */
export async function worstOf(
  db: Store,
  of: { clusterId: string; checkId: string; column: string },
  window: { from: number; stepSeconds: number },
): Promise<ExposurePoint[]> {
  const place = sql`array_position(series.columns, ${of.column})`;
  const mine = sql`series.cluster_id = ${of.clusterId} and series.check_id = ${of.checkId}`;
  const since = sql`to_timestamp(${window.from}::float8)`;
  const { rows } = await sql<ExposurePoint>`
    select floor(extract(epoch from at) / ${window.stepSeconds}::float8) * ${window.stepSeconds}::float8 as at,
      max(value)::float8 as seconds
    from (
      select part.at, part.maxima[${place}] as value
      from series
      join sample_hours as part on part.series_id = series.id
      where ${mine} and part.at >= ${since}
      union all
      select part.at, part.maxima[${place}]
      from series
      join sample_rollups as part on part.series_id = series.id
      where ${mine} and part.at >= greatest(${since}, now() - interval '1 day')
      union all
      select part.at, part."values"[${place}]
      from series
      join samples as part on part.series_id = series.id
      where ${mine} and part.at >= greatest(${since}, now() - interval '2 hours')
    ) as measured
    where value is not null
    group by 1
    order by 1`.execute(db);
  return rows;
}

export interface DrillPointRow {
  evidenceId: string;
  runId: string;
  backupId: string | null;
  title: string;
  database: string | null;
  verdict: 'pass' | 'partial' | 'fail' | 'info';
  at: string;
  restoreSeconds: number | null;
  rpoSeconds: number | null;
}

/** What drills of a cluster measured, newest first. */
export async function drillPoints(db: Store, clusterId: string, limit: number): Promise<DrillPointRow[]> {
  const number = (name: string) => sql`
    case when jsonb_typeof(facts -> ${name}) = 'number' then (facts ->> ${name})::float8 end`;
  const { rows } = await sql<DrillPointRow>`
    select id as "evidenceId", run_id as "runId", backup_id as "backupId", title, database, verdict,
      observed_at as at, ${number('restoreSeconds')} as "restoreSeconds", ${number('rpoSeconds')} as "rpoSeconds"
    from evidence
    where cluster_id = ${clusterId}
      and type = 'drill'
    order by observed_at desc
    limit ${limit}`.execute(db);
  return rows;
}

/** Dumps of a cluster that are there. */
export async function dumpCounts(
  db: Store,
  clusterId: string,
): Promise<{ ready: number; newestAt: string | null }> {
  const row = await db
    .selectFrom('backups')
    .select((e) => [e.fn.countAll<number>().as('ready'), e.fn.max('finished_at').as('newestAt')])
    .where('cluster_id', '=', clusterId)
    .where('type', '=', 'logical')
    .where('state', '=', 'ready')
    .executeTakeFirstOrThrow();
  return { ready: Number(row.ready), newestAt: row.newestAt };
}
