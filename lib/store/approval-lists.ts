import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

/** A plan for which somebody asked a second person, and nobody has answered. */
export interface WaitingPlan {
  planId: string;
  kind: string;
  clusterName: string;
  clusterId: string;
  summary: string;
  requestedBy: string | null;
  byName: string;
  reason: string;
  at: string;
  expiresAt: string;
}

/** Plans that wait for a second person, those that asked first in front. */
export async function plansWaiting(db: Store): Promise<WaitingPlan[]> {
  const { rows } = await sql<WaitingPlan>`
    select distinct on (plan.id)
      plan.id as "planId",
      plan.kind,
      cluster.id as "clusterId",
      cluster.name as "clusterName",
      coalesce(plan.document ->> 'summary', '') as summary,
      request.requested_by as "requestedBy",
      word.by_name as "byName",
      word.reason,
      word.at,
      word.expires_at as "expiresAt"
    from plan_approvals as word
    join plans as plan on plan.id = word.plan_id and plan.hash = word.plan_hash
    join plan_requests as request on request.id = plan.id
    join clusters as cluster on cluster.id = plan.cluster_id and cluster.removed_at is null
    where word.kind = 'request'
      and word.expires_at > clock_timestamp()
      and not exists (select from runs where runs.plan_id = plan.id)
      and not exists (
        select
        from plan_approvals as answer
        where answer.plan_id = plan.id
          and answer.kind in ('approval', 'refusal')
          and answer.at > word.at
      )
    order by plan.id, word.at desc
    limit 200`.execute(db);
  return rows.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** A run that a dba started alone. */
export interface BrokenGlass {
  id: string;
  planId: string;
  runId: string;
  runState: string;
  kind: string;
  clusterName: string;
  clusterId: string;
  summary: string;
  byId: string | null;
  byName: string;
  reason: string;
  at: string;
  reviewedAt: string | null;
  reviewedByName: string | null;
  reviewNote: string | null;
}

/** Broken glass: what nobody has reviewed yet, or also the newest that was; newest first. */
export async function brokenGlass(
  db: Store,
  filter: { id?: string; openOnly?: boolean; limit: number },
): Promise<BrokenGlass[]> {
  const { rows } = await sql<BrokenGlass>`
    select
      word.id,
      word.plan_id as "planId",
      run.id as "runId",
      run.state as "runState",
      run.kind,
      cluster.id as "clusterId",
      cluster.name as "clusterName",
      coalesce(plan.document ->> 'summary', '') as summary,
      word.by_id as "byId",
      word.by_name as "byName",
      word.reason,
      word.at,
      word.reviewed_at as "reviewedAt",
      word.reviewed_by_name as "reviewedByName",
      word.review_note as "reviewNote"
    from plan_approvals as word
    join runs as run on run.id = word.run_id
    join plans as plan on plan.id = run.plan_id
    join clusters as cluster on cluster.id = run.cluster_id
    where word.kind = 'break-glass'
      and (${filter.id ?? null}::uuid is null or word.id = ${filter.id ?? null}::uuid)
      and (${filter.openOnly ?? false} = false or word.reviewed_at is null)
    order by word.at desc
    limit ${filter.limit}`.execute(db);
  return rows;
}
