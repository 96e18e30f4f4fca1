import type { Insertable, Selectable, Transaction, Updateable } from 'kysely';
import { sql } from 'kysely';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import type { Database } from '@/lib/store/schema';

export type InstanceRow = Selectable<Database['instances']>;
type Db = Store | Transaction<Database>;

export async function insertInstance(db: Db, row: Insertable<Database['instances']>): Promise<void> {
  await db.insertInto('instances').values(row).execute();
}

/** One instance that was not removed. `lock` holds the row until the transaction ends. */
export function findInstance(db: Db, id: string, lock?: 'lock'): Promise<InstanceRow | undefined> {
  const query = db.selectFrom('instances').selectAll().where('id', '=', id).where('state', '<>', 'removed');
  return (lock ? query.forUpdate() : query).executeTakeFirst();
}

/** Instances that were not removed, by name; of one cluster when it is given. */
export function listInstances(db: Db, clusterId?: string): Promise<InstanceRow[]> {
  let query = db.selectFrom('instances').selectAll().where('state', '<>', 'removed').orderBy('name');
  if (clusterId) query = query.where('cluster_id', '=', clusterId);
  return query.execute();
}

export async function updateInstance(
  db: Db,
  id: string,
  change: Pick<
    Updateable<Database['instances']>,
    | 'name'
    | 'host'
    | 'port'
    | 'database'
    | 'tls_mode'
    | 'tls_ca'
    | 'tls_certificate'
    | 'pool'
    | 'state'
    | 'cluster_id'
  >,
): Promise<void> {
  await db
    .updateTable('instances')
    .set({ ...change, updated_at: sql`now()` })
    .where('id', '=', id)
    .execute();
}

export interface SeenServer {
  role: 'primary' | 'standby';
  timeline: number;
  systemIdentifier: string;
  serverVersionNum: number;
  facts: JsonObject;
}

/** What a worker saw of the server just now; only workers may write these columns. */
export async function recordSeen(db: Db, id: string, seen: SeenServer): Promise<void> {
  await db
    .updateTable('instances')
    .set({
      role: seen.role,
      timeline: seen.timeline,
      system_identifier: seen.systemIdentifier,
      server_version_num: seen.serverVersionNum,
      facts: JSON.stringify(seen.facts),
      facts_at: sql`clock_timestamp()`,
      reachable: true,
      last_error: null,
      last_seen_at: sql`clock_timestamp()`,
    })
    .where('id', '=', id)
    .execute();
}

/** An instance of a cluster by its name in any case. */
export function findInstanceByName(
  db: Db,
  clusterId: string,
  name: string,
): Promise<InstanceRow | undefined> {
  return db
    .selectFrom('instances')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where((eb) => eb(eb.fn<string>('lower', ['name']), '=', name.toLowerCase()))
    .where('state', '<>', 'removed')
    .executeTakeFirst();
}

/** Who is watched at a host and port already. */
export function findInstanceByPlace(
  db: Db,
  host: string,
  port: number,
): Promise<{ id: string; name: string; clusterName: string } | undefined> {
  return db
    .selectFrom('instances as instance')
    .innerJoin('clusters as cluster', 'cluster.id', 'instance.cluster_id')
    .select(['instance.id', 'instance.name', 'cluster.name as clusterName'])
    .where((eb) => eb(eb.fn<string>('lower', ['instance.host']), '=', host.toLowerCase()))
    .where('instance.port', '=', port)
    .where('instance.state', '<>', 'removed')
    .executeTakeFirst();
}
