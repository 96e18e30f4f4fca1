import { sql } from 'kysely';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';

export interface WorkerRow {
  id: string;
  name: string;
  host: string;
  pid: number;
  version: string;
  pools: string[];
  hosts: string[];
  state: 'running' | 'draining' | 'stopped';
  startedAt: string;
  heartbeatAt: string;
  /** Not stopped, and heard of within its own lease time (45 s when it did not say). By the database's clock. */
  alive: boolean;
  facts: JsonObject;
  /** Instances whose collection it holds. */
  collecting: number;
}

/** Workers that were heard of within the last day, the living first, then the newest. */
export async function listWorkers(db: Store): Promise<WorkerRow[]> {
  const { rows } = await sql<WorkerRow>`
    select
      worker.id,
      worker.name,
      worker.host,
      worker.pid,
      worker.version,
      worker.pools,
      worker.hosts,
      worker.state,
      worker.started_at as "startedAt",
      worker.heartbeat_at as "heartbeatAt",
      worker.state <> 'stopped'
        and worker.heartbeat_at > now() - make_interval(secs => coalesce((worker.facts->>'leaseSeconds')::float8, 45)) as alive,
      worker.facts,
      (
        select count(*)::int4
        from collector_leases as lease
        where lease.worker_id = worker.id
          and lease.lease_until > now()
      ) as collecting
    from workers as worker
    where worker.heartbeat_at > now() - interval '1 day'
    order by alive desc, worker.started_at desc
    limit 200`.execute(db);
  return rows;
}

/** Runs that workers hold now, oldest first. */
export function runsHeld(
  db: Store,
): Promise<
  { id: string; owner: string | null; kind: string; clusterName: string; startedAt: string | null }[]
> {
  return db
    .selectFrom('runs as run')
    .innerJoin('clusters as cluster', 'cluster.id', 'run.cluster_id')
    .select(['run.id', 'run.owner', 'run.kind', 'cluster.name as clusterName', 'run.started_at as startedAt'])
    .where('run.state', '=', 'running')
    .orderBy('run.started_at')
    .execute();
}
