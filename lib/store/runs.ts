import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { Decision } from '@/lib/engine/after-crash';
import type { Store } from '@/lib/store/db';
import { hintNow, wake } from '@/lib/store/notify';
import { enqueue, queueOfWorker } from '@/lib/store/outbox';
import type { PlanRow } from '@/lib/store/plans';
import type { RunState } from '@/lib/store/schema';

export interface NewRun {
  plan: PlanRow;
  idempotencyKey: string;
  requestedBy: string | null;
  requestedByName: string;
  scheduleId?: string | null;
  undoOf?: string | null;
}

/**
 * Queues a run of a ready plan in the caller's transaction, its wake-up with it. The same key gives the same run:
 * `isNew` is false then.
 */
export async function insertRun(
  trx: Store,
  run: NewRun,
): Promise<{ id: string; planId: string; isNew: boolean }> {
  const { plan } = run;
  const id = newId();
  const inserted = await trx
    .insertInto('runs')
    .values({
      id,
      plan_id: plan.id,
      plan_hash: plan.hash ?? '',
      kind: plan.kind,
      definition_version: plan.definitionVersion,
      cluster_id: plan.clusterId,
      instance_id: plan.instanceId,
      pool: plan.pool,
      worker_name: plan.workerName,
      state: 'queued',
      idempotency_key: run.idempotencyKey,
      lock_keys: plan.document?.lockKeys ?? [],
      undo_of: run.undoOf ?? null,
      schedule_id: run.scheduleId ?? null,
      requested_by: run.requestedBy,
      requested_by_name: run.requestedByName,
    })
    .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!inserted) {
    const before = await trx
      .selectFrom('runs')
      .select(['id', 'plan_id'])
      .where('idempotency_key', '=', run.idempotencyKey)
      .executeTakeFirstOrThrow();
    return { id: before.id, planId: before.plan_id, isNew: false };
  }
  const queue = plan.workerName === null ? plan.pool : queueOfWorker(plan.workerName);
  await enqueue(trx, { topic: 'run', subjectId: id, queue });
  await hintNow(trx, 'run', id);
  return { id, planId: plan.id, isNew: true };
}

/** Runs that this worker could take: queued, or decided; oldest first. */
export async function claimableRuns(
  db: Store,
  worker: { name: string; pools: readonly string[] },
  afterSeconds: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select id
    from runs
    where (state = 'queued' or (state = 'needs-decision' and decision is not null))
      and (worker_name = ${worker.name} or (worker_name is null and pool = any (${worker.pools}::text[])))
      and created_at <= now() - make_interval(secs => ${afterSeconds})
    order by created_at
    limit 50`.execute(db);
  return rows.map((row) => row.id);
}

export interface DeadRun {
  id: string;
  epoch: number;
  owner: string | null;
  kind: string;
  workerName: string | null;
}

/**
 * Running runs whose lease ended at least `graceSeconds` ago. After a restart of our database every holder gets one
 * lease time to come back before it counts as lost.
 */
export async function runsWithDeadLease(
  db: Store,
  leaseSeconds: number,
  graceSeconds = 0,
): Promise<DeadRun[]> {
  const { rows } = await sql<DeadRun>`
    select id, epoch, owner, kind, worker_name as "workerName"
    from runs
    where state = 'running'
      and lease_until < clock_timestamp() - make_interval(secs => ${graceSeconds})
      and pg_postmaster_start_time() < clock_timestamp() - make_interval(secs => ${leaseSeconds})
    order by lease_until
    limit 50`.execute(db);
  return rows;
}

/** Runs that some process of a worker name holds. */
export async function runningRunsOf(db: Store, workerName: string): Promise<DeadRun[]> {
  return db
    .selectFrom('runs')
    .select(['id', 'epoch', 'owner', 'kind', 'worker_name as workerName'])
    .where('state', '=', 'running')
    .where('worker_name', '=', workerName)
    .limit(200)
    .execute();
}

/** Queued runs that somebody cancelled before any worker took them. */
export async function cancelledWhileQueued(db: Store): Promise<string[]> {
  const rows = await db
    .selectFrom('runs')
    .select('id')
    .where('state', '=', 'queued')
    .where('cancel_requested_at', 'is not', null)
    .limit(50)
    .execute();
  return rows.map((row) => row.id);
}

/** Seconds that the finished runs of a kind on a cluster took, newest first. */
export async function pastDurations(db: Store, kind: string, clusterId: string): Promise<number[]> {
  const { rows } = await sql<{ seconds: number }>`
    select round(extract(epoch from finished_at - started_at)::numeric, 1)::float8 as seconds
    from runs
    where kind = ${kind}
      and cluster_id = ${clusterId}
      and state = 'succeeded'
    order by finished_at desc
    limit 20`.execute(db);
  return rows.map((row) => row.seconds);
}

/** What undo, cancel and decisions need to know of a run. */
export interface RunRow {
  id: string;
  kind: string;
  clusterId: string;
  planId: string;
  state: RunState;
}

export async function findRun(db: Store, id: string): Promise<RunRow | undefined> {
  return db
    .selectFrom('runs')
    .select(['id', 'kind', 'cluster_id as clusterId', 'plan_id as planId', 'state'])
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Asks a run to end, once; tells its worker and pages with the commit. False when it was asked before. */
export async function setCancel(trx: Store, id: string, by: string): Promise<boolean> {
  const asked = await trx
    .updateTable('runs')
    .set({ cancel_requested_at: sql<string>`clock_timestamp()`, cancel_requested_by: by })
    .where('id', '=', id)
    .where('cancel_requested_at', 'is', null)
    .where('state', 'in', ['queued', 'running'])
    .returning('id')
    .executeTakeFirst();
  if (!asked) return false;
  await wake(trx, `cancel:${id}`);
  await hintNow(trx, 'run', id);
  return true;
}

/** Writes a person's decision, once. False when the run waits for none. */
export async function setDecision(trx: Store, id: string, decision: Decision): Promise<boolean> {
  const decided = await trx
    .updateTable('runs')
    .set({ decision })
    .where('id', '=', id)
    .where('state', '=', 'needs-decision')
    .where('decision', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (decided) await hintNow(trx, 'run', id);
  return decided !== undefined;
}
