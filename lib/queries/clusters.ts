import { PlumblineError } from '@/lib/base/errors';
import type { ClusterView } from '@/lib/contract/clusters';
import { primaryOf } from '@/lib/engine/primary';
import { instanceView } from '@/lib/queries/instances';
import {
  type ClusterCounts,
  type ClusterRow,
  clusterCounts,
  findCluster,
  listClusters,
} from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { type LoginRow, loginsOf } from '@/lib/store/instance-logins';
import { type InstanceRow, listInstances } from '@/lib/store/instances';

const nothing: ClusterCounts = { findings: { crit: 0, warn: 0, unknown: 0 }, schedules: 0, backups: 0 };

function clusterView(
  cluster: ClusterRow,
  rows: readonly InstanceRow[],
  logins: readonly LoginRow[],
  counts: ClusterCounts,
): ClusterView {
  const instances = rows
    .filter((row) => row.cluster_id === cluster.id)
    .map((row) => instanceView(row, logins));
  const found = primaryOf(instances);
  return {
    id: cluster.id,
    name: cluster.name,
    environment: cluster.environment,
    isProduction: cluster.is_production,
    systemIdentifier: cluster.system_identifier,
    createdAt: cluster.created_at,
    primary: found && {
      instanceId: found.instance.id,
      name: found.instance.name,
      reachable: found.instance.reachable === true,
      caution: found.caution,
    },
    instances,
    ...counts,
  };
}

/** All clusters with their servers, who leads each, and how much is open, kept and scheduled. */
export async function clusters(db: Store): Promise<{ items: ClusterView[] }> {
  const [rows, instances, counts] = await Promise.all([
    listClusters(db),
    listInstances(db),
    clusterCounts(db),
  ]);
  const logins = await loginsOf(
    db,
    instances.map((instance) => instance.id),
  );
  return { items: rows.map((row) => clusterView(row, instances, logins, counts.get(row.id) ?? nothing)) };
}

/** One cluster. @throws PlumblineError `not-found` */
export async function cluster(db: Store, id: string): Promise<ClusterView> {
  const row = await findCluster(db, id);
  if (!row) {
    throw new PlumblineError('not-found', 'There is no such cluster.', {
      next: 'It may have been removed; look at the list of clusters.',
    });
  }
  const [instances, counts] = await Promise.all([listInstances(db, id), clusterCounts(db)]);
  const logins = await loginsOf(
    db,
    instances.map((instance) => instance.id),
  );
  return clusterView(row, instances, logins, counts.get(id) ?? nothing);
}
