import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';
import type { TlsMode } from '@/lib/store/schema';

/** An instance that a worker may collect now. */
export interface LeasedInstance {
  id: string;
  name: string;
  clusterId: string;
  clusterName: string;
  host: string;
  port: number;
  database: string;
  tlsMode: TlsMode;
  role: 'primary' | 'standby' | 'unknown';
  timeline: number | null;
  systemIdentifier: string | null;
  clusterSystemIdentifier: string | null;
  epoch: number;
  /** Moves whenever the connection or its login is changed. */
  revision: string;
}

/**
 * Renews the leases that a worker holds and takes those that are free, in one statement; an instance that is no longer
 * active, or belongs to another pool now, is not renewed. The database's clock decides.
 *
 * @returns everything that the worker holds afterwards.
 */
export async function holdLeases(
  db: Store,
  workerId: string,
  pools: readonly string[],
  leaseSeconds: number,
): Promise<LeasedInstance[]> {
  const { rows } = await sql<LeasedInstance>`
    with wanted as (
      select instance.*, login.updated_at as login_updated_at
      from instances as instance
      join instance_logins as login on login.instance_id = instance.id and login.purpose = 'watch'
      where instance.state = 'active'
        and instance.pool = any (${[...pools]}::text[])
    ),
    held as (
      insert into collector_leases as old (instance_id, worker_id, lease_until)
      select id, ${workerId}::uuid, clock_timestamp() + make_interval(secs => ${leaseSeconds}::float8)
      from wanted
      order by id
      on conflict (instance_id) do update
      set worker_id = excluded.worker_id,
          lease_until = excluded.lease_until,
          epoch = case when old.worker_id = excluded.worker_id then old.epoch else old.epoch + 1 end
      where old.worker_id = excluded.worker_id
        or old.lease_until < clock_timestamp()
      returning instance_id, epoch
    )
    select wanted.id::text as id, wanted.name, wanted.cluster_id::text as "clusterId", cluster.name as "clusterName",
      wanted.host, wanted.port, wanted.database, wanted.tls_mode as "tlsMode", wanted.role, wanted.timeline,
      wanted.system_identifier as "systemIdentifier", cluster.system_identifier as "clusterSystemIdentifier",
      held.epoch, concat_ws(' ', wanted.updated_at, wanted.login_updated_at, wanted.cluster_id) as revision
    from held
    join wanted on wanted.id = held.instance_id
    join clusters as cluster on cluster.id = wanted.cluster_id
    order by wanted.id`.execute(db);
  return rows;
}

/** Gives leases back, so that another worker need not wait for them to run out. */
export async function releaseLeases(db: Store, workerId: string): Promise<void> {
  await db.deleteFrom('collector_leases').where('worker_id', '=', workerId).execute();
}

/** Active instances that nobody collects at this moment, by name. */
export async function uncollectedInstances(db: Store): Promise<{ id: string; name: string }[]> {
  return db
    .selectFrom('instances as instance')
    .leftJoin('collector_leases as lease', 'lease.instance_id', 'instance.id')
    .select(['instance.id', 'instance.name'])
    .where('instance.state', '=', 'active')
    .where((e) => e.or([e('lease.lease_until', 'is', null), e('lease.lease_until', '<', sql<string>`now()`)]))
    .orderBy('instance.name')
    .execute();
}
