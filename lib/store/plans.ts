import { sql } from 'kysely';
import type { JsonObject } from '@/lib/engine/define-job';
import type { StoredPlan } from '@/lib/engine/stored-plan';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';
import { enqueue } from '@/lib/store/outbox';
import type { ErrorBody } from '@/lib/store/schema';

export interface NewPlanRequest {
  id: string;
  kind: string;
  clusterId: string;
  instanceId: string | null;
  input: JsonObject;
  undoOf?: string | null;
  scheduleId?: string | null;
  follows?: string | null;
  requestedBy: string | null;
  requestedByName: string;
  /** It only reads: its input and acts are taken out after so many seconds. */
  forgetAfterSeconds?: number;
}

/** Asks for a plan: the row and the wake-up in the caller's transaction. `queue` says which workers may answer. */
export async function requestPlan(trx: Store, request: NewPlanRequest, queue: string): Promise<void> {
  await trx
    .insertInto('plan_requests')
    .values({
      id: request.id,
      kind: request.kind,
      cluster_id: request.clusterId,
      instance_id: request.instanceId,
      input: JSON.stringify(request.input),
      undo_of: request.undoOf ?? null,
      schedule_id: request.scheduleId ?? null,
      requested_by: request.requestedBy,
      requested_by_name: request.requestedByName,
      ...(request.follows && { follows: request.follows }),
      ...(request.forgetAfterSeconds !== undefined && {
        forget_at: sql<string>`now() + make_interval(secs => ${request.forgetAfterSeconds})`,
      }),
    })
    .execute();
  await enqueue(trx, { topic: 'plan', subjectId: request.id, queue });
}

export interface PlanRequest extends NewPlanRequest {
  undoOf: string | null;
  scheduleId: string | null;
  /** The run that it has to follow. */
  follows: string | null;
}

export async function findPlanRequest(db: Store, id: string): Promise<PlanRequest | undefined> {
  return db
    .selectFrom('plan_requests')
    .select([
      'id',
      'kind',
      'cluster_id as clusterId',
      'instance_id as instanceId',
      'input',
      'undo_of as undoOf',
      'schedule_id as scheduleId',
      'follows',
      'requested_by as requestedBy',
      'requested_by_name as requestedByName',
    ])
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Takes a request for planning, by one worker only; false when another was first. */
export async function beginPlan(
  db: Store,
  request: Pick<PlanRequest, 'id' | 'kind' | 'clusterId' | 'instanceId'>,
  worker: { id: string; name: string; pool: string },
  definitionVersion: number,
): Promise<boolean> {
  const taken = await db
    .insertInto('plans')
    .values({
      id: request.id,
      kind: request.kind,
      definition_version: definitionVersion,
      cluster_id: request.clusterId,
      instance_id: request.instanceId,
      state: 'planning',
      worker_id: worker.id,
      worker_name: worker.name,
      pool: worker.pool,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return taken !== undefined;
}

export interface PlanAnswer {
  instanceId: string | null;
  /** Null, like the hash, when the server could not be asked: such a plan has blockers and cannot be started. */
  systemIdentifier: string | null;
  timeline: number | null;
  document: StoredPlan;
  hash: string | null;
}

/** Stores what planning found. Nothing happens when the plan was given up meanwhile. */
export async function finishPlan(
  trx: Store,
  id: string,
  workerId: string,
  answer: PlanAnswer | { error: ErrorBody },
): Promise<boolean> {
  const done = await trx
    .updateTable('plans')
    .set(
      'error' in answer
        ? { state: 'failed', error: JSON.stringify(answer.error), planned_at: sql<string>`clock_timestamp()` }
        : {
            state: 'ready',
            instance_id: answer.instanceId,
            system_identifier: answer.systemIdentifier,
            timeline: answer.timeline,
            document: JSON.stringify(answer.document),
            hash: answer.hash,
            planned_at: sql<string>`clock_timestamp()`,
          },
    )
    .where('id', '=', id)
    .where('worker_id', '=', workerId)
    .where('state', '=', 'planning')
    .returning('id')
    .executeTakeFirst();
  await hintNow(trx, 'plan', id);
  return done !== undefined;
}

/** Plans whose worker was lost in the middle are failed, so that nobody waits for them. */
export async function failStalePlans(db: Store, afterSeconds: number): Promise<string[]> {
  const error: ErrorBody = {
    code: 'timed-out',
    message: 'The worker ended while it was planning.',
    next: 'Plan it again.',
  };
  const failed = await db
    .updateTable('plans')
    .set({ state: 'failed', error: JSON.stringify(error), planned_at: sql<string>`clock_timestamp()` })
    .where('state', '=', 'planning')
    .where('created_at', '<', sql<string>`now() - make_interval(secs => ${afterSeconds})`)
    .returning('id')
    .execute();
  return failed.map((plan) => plan.id);
}

/** Requests that no worker has taken yet, oldest first. */
export async function waitingPlanRequests(
  db: Store,
  queues: readonly string[],
  afterSeconds: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select request.id
    from plan_requests as request
    join outbox on outbox.subject_id = request.id and outbox.topic = 'plan'
    left join plans on plans.id = request.id
    where plans.id is null
      and outbox.pool = any (${queues}::text[])
      and request.requested_at between now() - interval '1 hour' and now() - make_interval(secs => ${afterSeconds})
    order by request.requested_at
    limit 20`.execute(db);
  return rows.map((row) => row.id);
}

export interface PlanRow {
  id: string;
  kind: string;
  definitionVersion: number;
  clusterId: string;
  instanceId: string | null;
  state: 'planning' | 'ready' | 'failed';
  workerName: string | null;
  pool: string;
  systemIdentifier: string | null;
  timeline: number | null;
  document: StoredPlan | null;
  hash: string | null;
  error: ErrorBody | null;
}

export async function findPlan(db: Store, id: string): Promise<PlanRow | undefined> {
  return db
    .selectFrom('plans')
    .select([
      'id',
      'kind',
      'definition_version as definitionVersion',
      'cluster_id as clusterId',
      'instance_id as instanceId',
      'state',
      'worker_name as workerName',
      'pool',
      'system_identifier as systemIdentifier',
      'timeline',
      'document',
      'hash',
      'error',
    ])
    .where('id', '=', id)
    .executeTakeFirst();
}

/** The database of a plan is the worker's: this stores a plan that the worker made itself, request and answer. */
export async function storeReplan(
  trx: Store,
  of: PlanRequest,
  plan: PlanRow,
  answer: PlanAnswer,
  id: string,
  workerId: string,
): Promise<void> {
  await trx
    .insertInto('plan_requests')
    .values({
      id,
      kind: of.kind,
      cluster_id: of.clusterId,
      instance_id: of.instanceId,
      input: JSON.stringify(of.input),
      undo_of: of.undoOf,
      schedule_id: null,
      requested_by: of.requestedBy,
      requested_by_name: of.requestedByName,
    })
    .execute();
  await beginPlan(
    trx,
    { ...of, id },
    { id: workerId, name: plan.workerName ?? '', pool: plan.pool },
    plan.definitionVersion,
  );
  await finishPlan(trx, id, workerId, answer);
}

/** An undo's input is known to workers only: it comes from what the run gave. */
export async function setPlanInput(db: Store, id: string, input: JsonObject): Promise<void> {
  await db
    .updateTable('plan_requests')
    .set({ input: JSON.stringify(input) })
    .where('id', '=', id)
    .execute();
}
