import type { Selectable, Transaction } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { Store } from '@/lib/store/db';
import type { Database } from '@/lib/store/schema';

export type ClusterRow = Selectable<Database['clusters']>;
type Db = Store | Transaction<Database>;

/** Adds a cluster; its name must be free (`clusters_name_key`). @returns its id. */
export async function insertCluster(db: Db, cluster: { name: string; environment: string }): Promise<string> {
  const id = newId();
  await db
    .insertInto('clusters')
    .values({ id, ...cluster })
    .execute();
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
  change: { name?: string; environment?: string; removed_at?: Date; system_identifier?: string },
): Promise<void> {
  await db.updateTable('clusters').set(change).where('id', '=', id).execute();
}
