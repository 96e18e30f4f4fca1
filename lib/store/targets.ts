import type { Target } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';

/** An instance as stored, with what its cluster is known by. */
export interface TargetRow
  extends Omit<Target, 'role' | 'systemIdentifier' | 'timeline' | 'serverVersionNum'> {
  /** As it was last seen; the server itself decides. */
  lastRole: 'primary' | 'standby' | 'unknown';
  pool: string;
  clusterSystemIdentifier: string | null;
  serverVersionNum: number | null;
  /** The highest timeline that any instance of the cluster was seen on. */
  clusterTimeline: number | null;
}

/** Active instances of a cluster (or the one that is named), those last seen in the wanted role first. */
export async function targetsOfCluster(
  db: Store,
  clusterId: string,
  instanceId: string | null,
  wantedRole: 'primary' | 'standby' | 'any',
): Promise<TargetRow[]> {
  let query = db
    .selectFrom('instances as instance')
    .innerJoin('clusters as cluster', 'cluster.id', 'instance.cluster_id')
    .select((e) => [
      'cluster.id as clusterId',
      'cluster.name as clusterName',
      'instance.id as instanceId',
      'instance.name as instanceName',
      'instance.host',
      'instance.port',
      'instance.database as maintenanceDatabase',
      'instance.role as lastRole',
      'instance.pool',
      'instance.server_version_num as serverVersionNum',
      'cluster.environment',
      'cluster.is_production as isProduction',
      'cluster.rpo_seconds as rpoSeconds',
      'cluster.system_identifier as clusterSystemIdentifier',
      e
        .selectFrom('instances as peer')
        .select((p) => p.fn.max('peer.timeline').as('timeline'))
        .whereRef('peer.cluster_id', '=', 'cluster.id')
        .where('peer.state', '=', 'active')
        .as('clusterTimeline'),
    ])
    .where('cluster.id', '=', clusterId)
    .where('cluster.removed_at', 'is', null)
    .where('instance.state', '=', 'active')
    .orderBy('instance.name');
  if (instanceId) query = query.where('instance.id', '=', instanceId);
  const rows = await query.execute();
  const wanted = (row: TargetRow) => (row.lastRole === wantedRole ? 0 : 1);
  return rows.sort((a, b) => wanted(a) - wanted(b));
}
