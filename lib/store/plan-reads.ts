import { sql } from 'kysely';
import type { JsonObject } from '@/lib/engine/define-job';
import type { StoredPlan } from '@/lib/engine/stored-plan';
import type { Store } from '@/lib/store/db';
import type { ErrorBody } from '@/lib/store/schema';

/** A request with its plan, as far as a worker has answered. */
export interface PlanView {
  id: string;
  kind: string;
  clusterId: string;
  clusterName: string;
  instanceId: string | null;
  instanceName: string | null;
  input: JsonObject;
  undoOf: string | null;
  scheduleId: string | null;
  environment: string;
  isProduction: boolean;
  requestedBy: string | null;
  requestedByName: string;
  requestedAt: string;
  state: 'planning' | 'ready' | 'failed' | null;
  definitionVersion: number | null;
  workerName: string | null;
  plannedAt: string | null;
  document: StoredPlan | null;
  hash: string | null;
  error: ErrorBody | null;
  runId: string | null;
  /** The queue that it waits in, and how many workers serve pools at all. */
  queue: string | null;
  workersAlive: number;
}

export async function planView(db: Store, id: string): Promise<PlanView | undefined> {
  const { rows } = await sql<PlanView>`
    select
      request.id,
      request.kind,
      request.cluster_id as "clusterId",
      cluster.name as "clusterName",
      instance.id as "instanceId",
      instance.name as "instanceName",
      request.input,
      request.undo_of as "undoOf",
      request.schedule_id as "scheduleId",
      cluster.environment,
      cluster.is_production as "isProduction",
      request.requested_by as "requestedBy",
      request.requested_by_name as "requestedByName",
      request.requested_at as "requestedAt",
      plan.state,
      plan.definition_version as "definitionVersion",
      plan.worker_name as "workerName",
      plan.planned_at as "plannedAt",
      plan.document,
      plan.hash,
      plan.error,
      (select id from runs where plan_id = request.id order by created_at desc limit 1) as "runId",
      (select pool from outbox where subject_id = request.id and topic = 'plan' limit 1) as queue,
      (
        select count(*)
        from workers
        where state = 'running'
          and heartbeat_at > now() - interval '2 minutes'
      )::int4 as "workersAlive"
    from plan_requests as request
    join clusters as cluster on cluster.id = request.cluster_id
    left join plans as plan on plan.id = request.id
    left join instances as instance on instance.id = coalesce(plan.instance_id, request.instance_id)
    where request.id = ${id}`.execute(db);
  return rows[0];
}

/** A value that a form may offer, from what checks saw last on a cluster. */
export interface SeenRow {
  instanceId: string;
  database: string;
  observedAt: string;
  row: Record<string, string | number | boolean | null>;
}

/** The newest rows of one check on the primary of a cluster, or on a named instance. */
export async function seenRows(
  db: Store,
  of: { clusterId: string; instanceId?: string; check: string },
): Promise<SeenRow[]> {
  const { rows } = await sql<SeenRow>`
    select instance.id as "instanceId", result.database, result.observed_at as "observedAt", item as "row"
    from check_results as result
    join instances as instance on instance.id = result.instance_id
    cross join lateral jsonb_array_elements(result.rows) as item
    where result.check_id = ${of.check}
      and instance.cluster_id = ${of.clusterId}
      and instance.state = 'active'
      and (${of.instanceId ?? null}::uuid is null or instance.id = ${of.instanceId ?? null}::uuid)
    order by instance.role = 'primary' desc, instance.name, result.database
    limit 2000`.execute(db);
  // Every server of a cluster says the same of its objects; the first one that was seen speaks for all.
  const [first] = rows;
  return rows.filter((row) => row.instanceId === first?.instanceId);
}

/** Names of databases that any check has seen on a cluster, PostgreSQL's own templates left out. */
export async function seenDatabases(
  db: Store,
  of: { clusterId: string; instanceId?: string },
): Promise<{ name: string; observedAt: string }[]> {
  const { rows } = await sql<{ name: string; observedAt: string }>`
    select seen.name, max(result.observed_at) as "observedAt"
    from check_results as result
    join instances as instance on instance.id = result.instance_id
    cross join lateral (
      select result.database as name
      union
      select item ->> 'database'
      from jsonb_array_elements(result.rows) as item
    ) as seen
    where seen.name <> ''
      and seen.name not in ('(other)', '(shared catalogs)', 'template0', 'template1')
      and result.observed_at > now() - interval '7 days'
      and instance.cluster_id = ${of.clusterId}
      and instance.state = 'active'
      and (${of.instanceId ?? null}::uuid is null or instance.id = ${of.instanceId ?? null}::uuid)
    group by seen.name
    order by seen.name
    limit 1000`.execute(db);
  return rows;
}
