import { sql } from 'kysely';
import { PlumblineError } from '@/lib/base/errors';
import type { Decision } from '@/lib/engine/after-crash';
import type { JsonObject } from '@/lib/engine/define-job';
import { isLegalTransition } from '@/lib/engine/run-states';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';
import { enqueue, queueOfWorker } from '@/lib/store/outbox';
import type { ErrorBody, RunState } from '@/lib/store/schema';

/** One worker's hold on a run. All that it writes says this epoch and is refused when that has passed. */
export interface Held {
  runId: string;
  epoch: number;
  /** The worker process, not its name. */
  owner: string;
}

export interface ClaimedRun extends Held {
  planId: string;
  planHash: string;
  kind: string;
  definitionVersion: number;
  clusterId: string;
  instanceId: string | null;
  decision: Decision | null;
  cancelRequested: boolean;
}

export type Claim =
  | { claimed: ClaimedRun }
  | { refused: 'not-there' | 'not-queued' | 'other-worker' | 'waiting' | 'cancelled' };

export function leaseLost(held: Held): PlumblineError {
  return new PlumblineError('lease-lost', `This worker no longer holds run ${held.runId}.`, {
    detail: `epoch ${held.epoch} of ${held.owner} has passed`,
  });
}

export async function addRunEvent(
  db: Store,
  held: Pick<Held, 'runId' | 'epoch'>,
  event: string,
  data: JsonObject = {},
): Promise<void> {
  await db
    .insertInto('run_events')
    .values({ run_id: held.runId, epoch: held.epoch, event, data: JSON.stringify(data) })
    .execute();
}

/**
 * Takes a queued run, or one whose decision was made, together with its locks: all or nothing, by one worker only.
 * Its epoch rises, so that everything an earlier holder still writes is refused. Times are the database's.
 */
export async function claimRun(
  db: Store,
  runId: string,
  worker: { id: string; name: string },
  leaseSeconds: number,
): Promise<Claim> {
  return db.transaction().execute(async (trx) => {
    const run = await trx
      .selectFrom('runs')
      .selectAll()
      .where('id', '=', runId)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (!run) return { refused: 'not-there' };
    const isDecided = run.state === 'needs-decision' && run.decision !== null;
    if (run.state !== 'queued' && !isDecided) return { refused: 'not-queued' };
    // Nothing has been done yet, so any worker may say so, also for one that is gone.
    if (run.cancel_requested_at !== null && run.epoch === 0) {
      await trx
        .updateTable('runs')
        .set({ state: 'cancelled', finished_at: sql<string>`clock_timestamp()`, waiting_for: null })
        .where('id', '=', runId)
        .execute();
      await addRunEvent(trx, { runId, epoch: 0 }, 'cancelled', { by: run.cancel_requested_by ?? '' });
      await hintNow(trx, 'run', runId);
      return { refused: 'cancelled' };
    }
    if (run.worker_name !== null && run.worker_name !== worker.name) return { refused: 'other-worker' };
    const holder = await takeLocks(trx, runId, run.lock_keys);
    if (holder) {
      if (run.waiting_for !== holder) {
        await trx.updateTable('runs').set({ waiting_for: holder }).where('id', '=', runId).execute();
        await hintNow(trx, 'run', runId);
      }
      return { refused: 'waiting' };
    }
    const claimed = await trx
      .updateTable('runs')
      .set({
        state: 'running',
        epoch: run.epoch + 1,
        owner: worker.id,
        worker_name: worker.name,
        waiting_for: null,
        lease_until: sql<string>`clock_timestamp() + make_interval(secs => ${leaseSeconds})`,
        started_at: sql<string>`coalesce(started_at, clock_timestamp())`,
      })
      .where('id', '=', runId)
      .where('epoch', '=', run.epoch)
      .returning(['epoch'])
      .executeTakeFirstOrThrow();
    await addRunEvent(trx, { runId, epoch: claimed.epoch }, 'claimed', { worker: worker.name });
    await hintNow(trx, 'run', runId);
    return {
      claimed: {
        runId,
        epoch: claimed.epoch,
        owner: worker.id,
        planId: run.plan_id,
        planHash: run.plan_hash,
        kind: run.kind,
        definitionVersion: run.definition_version,
        clusterId: run.cluster_id,
        instanceId: run.instance_id,
        decision: run.decision,
        cancelRequested: run.cancel_requested_at !== null,
      },
    };
  });
}

/** Takes all keys for a run, or none; gives the run that holds one of them. Keys in order, against deadlocks. */
async function takeLocks(trx: Store, runId: string, keys: readonly string[]): Promise<string | undefined> {
  if (keys.length === 0) return undefined;
  const sorted = [...new Set(keys)].sort();
  await sql`
    insert into run_locks (key, run_id)
    select key, ${runId}::uuid
    from unnest(${sorted}::text[]) with ordinality as wanted (key, place)
    order by place
    on conflict (key) do nothing`.execute(trx);
  const other = await trx
    .selectFrom('run_locks')
    .select('run_id')
    .where('key', 'in', sorted)
    .where('run_id', '<>', runId)
    .limit(1)
    .executeTakeFirst();
  if (other) await trx.deleteFrom('run_locks').where('run_id', '=', runId).execute();
  return other?.run_id;
}

/**
 * Prolongs the lease. `held: false` when another epoch has begun or the run is no longer running; a lease that has
 * expired but was not taken by anybody is prolonged.
 */
export async function renewLease(
  db: Store,
  held: Held,
  leaseSeconds: number,
): Promise<{ held: boolean; cancelRequested: boolean }> {
  const row = await db
    .updateTable('runs')
    .set({ lease_until: sql<string>`clock_timestamp() + make_interval(secs => ${leaseSeconds})` })
    .where('id', '=', held.runId)
    .where('epoch', '=', held.epoch)
    .where('owner', '=', held.owner)
    .where('state', '=', 'running')
    .returning('cancel_requested_at')
    .executeTakeFirst();
  return { held: row !== undefined, cancelRequested: (row?.cancel_requested_at ?? null) !== null };
}

/**
 * Writes of a holder: `act` runs only while its epoch stands, and nobody can take the run before it commits.
 *
 * @throws PlumblineError `lease-lost` when the epoch has passed; nothing is written then.
 */
export async function fenced<T>(
  db: Store,
  held: Held,
  act: (trx: Store, run: { cancelRequested: boolean }) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (trx) => {
    const run = await trx
      .selectFrom('runs')
      .select('cancel_requested_at')
      .where('id', '=', held.runId)
      .where('epoch', '=', held.epoch)
      .where('owner', '=', held.owner)
      .where('state', '=', 'running')
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (!run) throw leaseLost(held);
    return act(trx, { cancelRequested: run.cancel_requested_at !== null });
  });
}

/** Ends a run for good: its locks are free and those who wait for it are woken. */
export async function finishRun(
  db: Store,
  held: Held,
  state: Extract<RunState, 'succeeded' | 'failed' | 'cancelled'>,
  error: ErrorBody | null = null,
): Promise<void> {
  await fenced(db, held, async (trx) => {
    await changeState(trx, held, 'running', state, { error, finished: true });
    await trx.deleteFrom('run_locks').where('run_id', '=', held.runId).execute();
    await addRunEvent(trx, held, state, error ? { error: error.message } : {});
    const waiting = await trx
      .selectFrom('runs')
      .select(['id', 'pool', 'worker_name'])
      .where('state', '=', 'queued')
      .where('waiting_for', '=', held.runId)
      .orderBy('created_at')
      .execute();
    for (const run of waiting) {
      const queue = run.worker_name === null ? run.pool : queueOfWorker(run.worker_name);
      await enqueue(trx, { topic: 'run', subjectId: run.id, queue });
    }
  });
}

/** Gives a run back to the queue at a step edge, its locks kept: another process of the worker goes on. */
export async function releaseRun(db: Store, held: Held, why: string): Promise<void> {
  await fenced(db, held, async (trx) => {
    await changeState(trx, held, 'running', 'queued');
    await addRunEvent(trx, held, 'released', { why });
    await wakeForRun(trx, held.runId);
  });
}

/** Stops before a step that may have happened and must not happen twice. Its locks are kept until somebody decides. */
export async function askForDecision(db: Store, held: Held, ordinal: number, why: string): Promise<void> {
  await fenced(db, held, (trx) => markUndecided(trx, held, ordinal, why));
}

export async function markUndecided(
  trx: Store,
  held: Pick<Held, 'runId' | 'epoch'>,
  ordinal: number,
  why: string,
): Promise<void> {
  await changeState(trx, held, 'running', 'needs-decision', { decision: null });
  await trx
    .updateTable('run_steps')
    .set({ state: 'undecided' })
    .where('run_id', '=', held.runId)
    .where('ordinal', '=', ordinal)
    .execute();
  await addRunEvent(trx, held, 'needs-decision', { ordinal, why });
}

/** Puts a run's wake-up into the queue of the worker that it is bound to. */
export async function wakeForRun(trx: Store, runId: string): Promise<void> {
  const run = await trx
    .selectFrom('runs')
    .select(['pool', 'worker_name'])
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
  const queue = run.worker_name === null ? run.pool : queueOfWorker(run.worker_name);
  await enqueue(trx, { topic: 'run', subjectId: runId, queue });
}

/** Moves a run that this transaction holds from one state to the next; the lease ends with `running`. */
export async function changeState(
  trx: Store,
  run: Pick<Held, 'runId' | 'epoch'>,
  from: RunState,
  to: RunState,
  also: { error?: ErrorBody | null; finished?: boolean; decision?: null } = {},
): Promise<void> {
  if (!isLegalTransition(from, to)) throw new Error(`a run may not go from ${from} to ${to}`);
  await trx
    .updateTable('runs')
    .set({
      state: to,
      owner: null,
      lease_until: null,
      ...(also.finished && { finished_at: sql<string>`clock_timestamp()` }),
      ...(also.error && { error: JSON.stringify(also.error) }),
      ...(also.decision === null && { decision: null }),
    })
    .where('id', '=', run.runId)
    .where('epoch', '=', run.epoch)
    .where('state', '=', from)
    .execute();
  await hintNow(trx, 'run', run.runId);
}
