import type { CheckRow } from '@/lib/engine/define-check';
import type { Store } from '@/lib/store/db';

/** The newest answer of checks on active instances of a cluster, the primary's first. */
export interface SeenRows {
  instanceId: string;
  database: string;
  rows: CheckRow[];
  observedAt: string;
}

function answersOf(db: Store, clusterId: string, instanceId: string | undefined) {
  let query = db
    .selectFrom('check_results as result')
    .innerJoin('instances as instance', 'instance.id', 'result.instance_id')
    .where('instance.cluster_id', '=', clusterId)
    .where('instance.state', '=', 'active')
    .where('result.state', '=', 'ok');
  if (instanceId) query = query.where('instance.id', '=', instanceId);
  return query;
}

/**
 * Databases of a cluster that any check has visited, with the newest visit. What nobody could enter is not there:
 * a job could not either.
 */
export async function visitedDatabases(
  db: Store,
  clusterId: string,
  instanceId?: string,
): Promise<{ database: string; observedAt: string }[]> {
  return answersOf(db, clusterId, instanceId)
    .select((eb) => ['result.database', eb.fn.max('result.observed_at').as('observedAt')])
    .where('result.database', '<>', '')
    .groupBy('result.database')
    .orderBy('result.database')
    .execute();
}

/** Rows of a check as last seen; of one instance per database, the primary's if it has answered. */
export async function seenRows(
  db: Store,
  clusterId: string,
  check: string,
  instanceId?: string,
): Promise<SeenRows[]> {
  const answers = await answersOf(db, clusterId, instanceId)
    .select([
      'result.instance_id as instanceId',
      'result.database',
      'result.rows',
      'result.observed_at as observedAt',
    ])
    .select('instance.role')
    .where('result.check_id', '=', check)
    .orderBy('result.database')
    .execute();
  const byDatabase = new Map<string, (typeof answers)[number]>();
  for (const answer of answers) {
    if (!byDatabase.has(answer.database) || answer.role === 'primary')
      byDatabase.set(answer.database, answer);
  }
  return [...byDatabase.values()];
}

/** Backups of a cluster that can be used, newest first. */
export async function usableBackups(db: Store, clusterId: string) {
  return db
    .selectFrom('backups')
    .select(['id', 'database', 'bytes', 'finished_at as finishedAt', 'worker_name as workerName'])
    .where('cluster_id', '=', clusterId)
    .where('state', '=', 'ready')
    .orderBy('finished_at', 'desc')
    .limit(200)
    .execute();
}
