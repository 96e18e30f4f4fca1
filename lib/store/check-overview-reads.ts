import { sql } from 'kysely';
import type { CheckResultState } from '@/lib/store/check-results';
import type { Store } from '@/lib/store/db';

export interface CheckResults {
  /** Active servers with a result, and those of them where some result is not known. */
  servers: number;
  unmeasured: number;
  newestAt: string;
  slowestMs: number;
}

/** The newest results of all active servers, summed up by check. */
export async function resultsByCheck(db: Store): Promise<Map<string, CheckResults>> {
  const rows = await db
    .selectFrom('check_results as result')
    .innerJoin('instances as instance', 'instance.id', 'result.instance_id')
    .select('result.check_id as id')
    .select([
      sql<number>`count(distinct result.instance_id)::int4`.as('servers'),
      sql<number>`(count(distinct result.instance_id) filter (where result.state <> 'ok'))::int4`.as(
        'unmeasured',
      ),
      sql<string>`max(result.observed_at)`.as('newestAt'),
      sql<number>`max(result.duration_ms)`.as('slowestMs'),
    ])
    .where('instance.state', '=', 'active')
    .groupBy('result.check_id')
    .execute();
  return new Map(rows.map(({ id, ...rest }) => [id, rest]));
}

export interface CheckOnServer {
  instanceId: string;
  instanceName: string;
  clusterName: string;
  /** Empty for a check of the whole instance. */
  database: string;
  state: CheckResultState;
  reason: string | null;
  mend: string | null;
  observedAt: string;
  durationMs: number;
}

/**
 * The newest result of one check on each active server, those that could not be measured first. `words`: with what the
 * server itself said, which may hold values.
 */
export async function serversOfCheck(
  db: Store,
  checkId: string,
  options: { limit: number; words: boolean },
): Promise<CheckOnServer[]> {
  return db
    .selectFrom('check_results as result')
    .innerJoin('instances as instance', 'instance.id', 'result.instance_id')
    .innerJoin('clusters as cluster', 'cluster.id', 'instance.cluster_id')
    .select([
      'instance.id as instanceId',
      'instance.name as instanceName',
      'cluster.name as clusterName',
      'result.database',
      'result.state',
      options.words
        ? sql<string | null>`coalesce(result.words, result.reason)`.as('reason')
        : 'result.reason',
      'result.mend',
      'result.observed_at as observedAt',
      'result.duration_ms as durationMs',
    ])
    .where('result.check_id', '=', checkId)
    .where('instance.state', '=', 'active')
    .orderBy(sql`result.state = 'ok'`)
    .orderBy('cluster.name')
    .orderBy('instance.name')
    .orderBy('result.database')
    .limit(options.limit)
    .execute();
}

/** Open findings of one check by instance and database, with the worst level. */
export async function openFindingsOfCheck(
  db: Store,
  checkId: string,
): Promise<{ instanceId: string | null; database: string; level: 'warn' | 'crit' | 'unknown'; n: number }[]> {
  return db
    .selectFrom('findings')
    .select(['instance_id as instanceId', 'database', 'level', sql<number>`count(*)::int4`.as('n')])
    .where('check_id', '=', checkId)
    .where('closed_at', 'is', null)
    .groupBy(['instance_id', 'database', 'level'])
    .execute();
}
