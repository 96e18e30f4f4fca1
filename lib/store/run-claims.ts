import { sql } from 'kysely';
import { PlumblineError } from '@/lib/base/errors';
import type { Decision } from '@/lib/engine/after-crash';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';
import { dropTypedCopies } from '@/lib/store/typed-copies';

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
      await dropTypedCopies(trx, { runId }, 'Its run was cancelled before it began.');
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
