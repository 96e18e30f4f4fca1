import { sql } from 'kysely';
import { isLegalTransition } from '@/lib/engine/run-states';
import type { Store } from '@/lib/store/db';
import { hintNow, wake } from '@/lib/store/notify';
import { enqueue, queueOfWorker } from '@/lib/store/outbox';
import { addRunEvent, fenced, type Held } from '@/lib/store/run-claims';
import type { ErrorBody, RunState } from '@/lib/store/schema';
import { dropTypedCopies } from '@/lib/store/typed-copies';

/**
 * Ends a run for good: its locks are free and those who wait for it are woken. The server that it may have `changed` is
 * looked at now, not with the next round: what somebody decides next stands on it.
 */
export async function finishRun(
  db: Store,
  held: Held,
  state: Extract<RunState, 'succeeded' | 'failed' | 'cancelled'>,
  error: ErrorBody | null = null,
  changed: string | null = null,
): Promise<void> {
  await fenced(db, held, async (trx) => {
    await changeState(trx, held, 'running', state, { error, finished: true });
    await trx.deleteFrom('run_locks').where('run_id', '=', held.runId).execute();
    await dropTypedCopies(trx, { runId: held.runId }, 'Its run has ended.');
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
    if (changed) await wake(trx, `collect:${changed}`);
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
