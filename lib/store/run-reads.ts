import { sql } from 'kysely';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import type { ErrorBody, RunState } from '@/lib/store/schema';

/** A run as a list shows it. */
export interface RunListRow {
  id: string;
  planId: string;
  kind: string;
  clusterId: string;
  clusterName: string;
  instanceId: string | null;
  instanceName: string | null;
  summary: string | null;
  state: RunState;
  /** The run that holds a lock which this one wants. */
  waitingFor: string | null;
  waitingForKind: string | null;
  waitingForName: string | null;
  workerName: string | null;
  workerAlive: boolean;
  undoOf: string | null;
  scheduleId: string | null;
  requestedByName: string;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  seconds: number | null;
  progress: JsonObject | null;
  error: ErrorBody | null;
  verdict: 'pass' | 'partial' | 'fail' | 'info' | null;
}

export interface RunFilter {
  id?: string;
  clusterId?: string;
  instanceId?: string;
  kind?: string;
  state?: RunState;
  open?: boolean;
  scheduleId?: string;
  withoutKinds?: readonly string[];
  /** Runs older than this one. */
  before?: string;
  limit: number;
}

/** Runs that pass the filter, newest first. */
export async function listRuns(db: Store, filter: RunFilter): Promise<RunListRow[]> {
  const conditions = [sql`true`];
  if (filter.id) conditions.push(sql`run.id = ${filter.id}`);
  if (filter.clusterId) conditions.push(sql`run.cluster_id = ${filter.clusterId}`);
  if (filter.instanceId) conditions.push(sql`run.instance_id = ${filter.instanceId}`);
  if (filter.kind) conditions.push(sql`run.kind = ${filter.kind}`);
  if (filter.state) conditions.push(sql`run.state = ${filter.state}`);
  if (filter.open === true) conditions.push(sql`run.state in ('queued', 'running', 'needs-decision')`);
  if (filter.open === false) conditions.push(sql`run.state in ('succeeded', 'failed', 'cancelled')`);
  if (filter.scheduleId) conditions.push(sql`run.schedule_id = ${filter.scheduleId}`);
  if (filter.withoutKinds?.length) conditions.push(sql`run.kind <> all (${filter.withoutKinds}::text[])`);
  if (filter.before) conditions.push(sql`run.id < ${filter.before}`);
  const { rows } = await sql<RunListRow>`
    select
      run.id,
      run.plan_id as "planId",
      run.kind,
      run.cluster_id as "clusterId",
      cluster.name as "clusterName",
      run.instance_id as "instanceId",
      instance.name as "instanceName",
      plan.document ->> 'summary' as summary,
      run.state,
      holder.id as "waitingFor",
      holder.kind as "waitingForKind",
      holder.requested_by_name as "waitingForName",
      run.worker_name as "workerName",
      (run.worker_name is null or exists (
        select
        from workers
        where workers.name = run.worker_name
          and workers.state = 'running'
          and workers.heartbeat_at > now() - interval '2 minutes'
      )) as "workerAlive",
      run.undo_of as "undoOf",
      run.schedule_id as "scheduleId",
      run.requested_by_name as "requestedByName",
      run.created_at as "createdAt",
      run.started_at as "startedAt",
      run.finished_at as "finishedAt",
      round(extract(epoch from coalesce(run.finished_at, clock_timestamp()) - run.started_at)::numeric, 1)::float8
        as seconds,
      run.progress,
      run.error,
      (
        select evidence.verdict
        from evidence
        where evidence.run_id = run.id
        order by array_position(array['fail', 'partial', 'pass', 'info'], evidence.verdict)
        limit 1
      ) as verdict
    from runs as run
    join clusters as cluster on cluster.id = run.cluster_id
    join plans as plan on plan.id = run.plan_id
    left join instances as instance on instance.id = run.instance_id
    left join runs as holder on run.state = 'queued' and holder.id::text = run.waiting_for
    where ${sql.join(conditions, sql` and `)}
    order by run.id desc
    limit ${filter.limit}`.execute(db);
  return rows;
}

/** What the page of one run shows beyond its list row. */
export async function runDetails(db: Store, id: string) {
  return db
    .selectFrom('runs as run')
    .innerJoin('plan_requests as request', 'request.id', 'run.plan_id')
    .select((e) => [
      'run.plan_hash as planHash',
      'run.epoch',
      'run.lock_keys as lockKeys',
      'request.input',
      'run.cancel_requested_at as cancelRequestedAt',
      'run.cancel_requested_by as cancelRequestedBy',
      'run.decision',
      e
        .selectFrom('runs as undone')
        .select('undone.id')
        .whereRef('undone.undo_of', '=', 'run.id')
        .where('undone.state', 'in', ['queued', 'running', 'succeeded', 'needs-decision'])
        .orderBy('undone.id', 'desc')
        .limit(1)
        .as('undoneBy'),
      e
        .selectFrom('plan_requests as follower')
        .select('follower.id')
        .whereRef('follower.follows', '=', 'run.id')
        .as('followUpPlanId'),
      'request.follows',
      e
        .selectFrom('backups')
        .select('backups.id')
        .whereRef('backups.run_id', '=', 'run.id')
        .as('madeBackupId'),
    ])
    .where('run.id', '=', id)
    .executeTakeFirst();
}

export async function eventsOfRun(db: Store, id: string) {
  return db
    .selectFrom('run_events')
    .select(['id', 'at', 'epoch', 'event', 'data'])
    .where('run_id', '=', id)
    .orderBy('id')
    .limit(2000)
    .execute();
}

/** The newest line's number; 0 without any. */
export async function lastLogSeq(db: Store, id: string): Promise<number> {
  const row = await db
    .selectFrom('run_log')
    .select((e) => e.fn.max('seq').as('seq'))
    .where('run_id', '=', id)
    .executeTakeFirst();
  return row?.seq ?? 0;
}
