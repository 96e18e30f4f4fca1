import { type Selectable, sql, type Transaction } from 'kysely';
import { newId } from '@/lib/base/ids';
import { namesProduction } from '@/lib/contract/clusters';
import type { Store } from '@/lib/store/db';
import { isMuted } from '@/lib/store/finding-mutes';
import type { Database } from '@/lib/store/schema';

export type ClusterRow = Selectable<Database['clusters']>;
type Db = Store | Transaction<Database>;

/** Adds a cluster; its name must be free (`clusters_name_key`). @returns its id. */
export async function insertCluster(
  db: Db,
  { name, environment, isProduction }: { name: string; environment: string; isProduction?: boolean },
): Promise<string> {
  const id = newId();
  const is_production = isProduction ?? namesProduction(environment);
  await db.insertInto('clusters').values({ id, name, environment, is_production }).execute();
  return id;
}

/** Clusters that were not removed, by name. */
export function listClusters(db: Db): Promise<ClusterRow[]> {
  return db.selectFrom('clusters').selectAll().where('removed_at', 'is', null).orderBy('name').execute();
}

/** One cluster that was not removed. `lock` holds the row until the transaction ends. */
export function findCluster(db: Db, id: string, lock?: 'lock'): Promise<ClusterRow | undefined> {
  const query = db.selectFrom('clusters').selectAll().where('id', '=', id).where('removed_at', 'is', null);
  return (lock ? query.forUpdate() : query).executeTakeFirst();
}

/** A cluster that was not removed, by its name in any case. */
export function findClusterByName(db: Db, name: string): Promise<ClusterRow | undefined> {
  return db
    .selectFrom('clusters')
    .selectAll()
    .where((eb) => eb(eb.fn<string>('lower', ['name']), '=', name.toLowerCase()))
    .where('removed_at', 'is', null)
    .executeTakeFirst();
}

export async function updateCluster(
  db: Db,
  id: string,
  change: {
    name?: string;
    environment?: string;
    is_production?: boolean;
    removed_at?: Date;
    system_identifier?: string;
  },
): Promise<void> {
  await db.updateTable('clusters').set(change).where('id', '=', id).execute();
}

/** Names of the clusters whose servers have this system identifier. */
export async function clusterNamesWith(db: Db, systemIdentifier: string): Promise<string[]> {
  const rows = await db
    .selectFrom('clusters')
    .select('name')
    .where('system_identifier', '=', systemIdentifier)
    .where('removed_at', 'is', null)
    .orderBy('name')
    .execute();
  return rows.map((row) => row.name);
}

/** A run that has not ended, of a cluster or of one instance. */
export function openRunOf(
  db: Db,
  of: { clusterId: string } | { instanceId: string },
): Promise<{ id: string; kind: string; state: string } | undefined> {
  const query = db
    .selectFrom('runs')
    .select(['id', 'kind', 'state'])
    .where('state', 'in', ['queued', 'running', 'needs-decision'])
    .limit(1);
  return (
    'clusterId' in of
      ? query.where('cluster_id', '=', of.clusterId)
      : query.where('instance_id', '=', of.instanceId)
  ).executeTakeFirst();
}

/** Ends all schedules of a cluster. */
export async function removeSchedulesOf(db: Db, clusterId: string): Promise<void> {
  await db
    .updateTable('schedules')
    .set({ removed_at: new Date(), enabled: false })
    .where('cluster_id', '=', clusterId)
    .where('removed_at', 'is', null)
    .execute();
}

export interface ClusterCounts {
  findings: { crit: number; warn: number; unknown: number };
  schedules: number;
  backups: number;
}

/** Open findings, live schedules and kept backups per cluster id; clusters with none of all are left out. */
export async function clusterCounts(db: Db): Promise<Map<string, ClusterCounts>> {
  const counts = new Map<string, ClusterCounts>();
  const of = (id: string) => {
    const known = counts.get(id) ?? { findings: { crit: 0, warn: 0, unknown: 0 }, schedules: 0, backups: 0 };
    counts.set(id, known);
    return known;
  };
  const [findings, schedules, backups] = await Promise.all([
    db
      .selectFrom('findings')
      .select(['cluster_id', 'level', (eb) => eb.fn.countAll<number>().as('count')])
      .where('closed_at', 'is', null)
      .where(sql<boolean>`not ${isMuted('findings')}`)
      .groupBy(['cluster_id', 'level'])
      .execute(),
    db
      .selectFrom('schedules')
      .select(['cluster_id', (eb) => eb.fn.countAll<number>().as('count')])
      .where('removed_at', 'is', null)
      .groupBy('cluster_id')
      .execute(),
    db
      .selectFrom('backups')
      .select(['cluster_id', (eb) => eb.fn.countAll<number>().as('count')])
      .where('state', '=', 'ready')
      .groupBy('cluster_id')
      .execute(),
  ]);
  for (const row of findings) of(row.cluster_id).findings[row.level] = Number(row.count);
  for (const row of schedules) of(row.cluster_id).schedules = Number(row.count);
  for (const row of backups) of(row.cluster_id).backups = Number(row.count);
  return counts;
}
