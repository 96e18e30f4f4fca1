import type { Store } from '@/lib/store/db';

export interface ChangeGap {
  instanceId: string;
  instanceName: string;
  database: string | null;
  reason: string;
  mend: string | null;
}

/** Where checks of these ids could not be measured at their last round, on active instances. */
export async function failedResults(
  db: Store,
  checkIds: readonly string[],
  of: { clusterId?: string | undefined; instanceId?: string | undefined },
): Promise<ChangeGap[]> {
  if (checkIds.length === 0) return [];
  let query = db
    .selectFrom('check_results as result')
    .innerJoin('instances as instance', 'instance.id', 'result.instance_id')
    .select(['instance.id as instanceId', 'instance.name as instanceName'])
    .select(['result.database', 'result.reason', 'result.mend'])
    .where('instance.state', '=', 'active')
    .where('result.check_id', 'in', [...checkIds])
    .where('result.state', '<>', 'ok')
    .orderBy('instance.name')
    .orderBy('result.database')
    .limit(50);
  if (of.clusterId) query = query.where('instance.cluster_id', '=', of.clusterId);
  if (of.instanceId) query = query.where('instance.id', '=', of.instanceId);
  const rows = await query.execute();
  return rows.map((row) => ({
    ...row,
    database: row.database === '' ? null : row.database,
    reason: row.reason ?? 'The reason is not known.',
  }));
}
