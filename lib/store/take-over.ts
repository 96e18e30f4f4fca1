import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';
import { addRunEvent } from '@/lib/store/run-claims';
import { changeState, markUndecided, wakeForRun } from '@/lib/store/run-ends';

/**
 * Takes a run from a holder that is lost, unless it came back meanwhile: into the queue, or to `ask` a person. Its locks
 * stay. `graceSeconds`: how long its lease must be over; null when its process is known to be gone. True when this
 * caller did it.
 */
export async function takeOverRun(
  db: Store,
  dead: { id: string; epoch: number; owner: string | null },
  graceSeconds: number | null,
  ask: { ordinal: number; why: string } | undefined,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    let query = trx
      .selectFrom('runs')
      .select('id')
      .where('id', '=', dead.id)
      .where('epoch', '=', dead.epoch)
      .where('state', '=', 'running')
      .forNoKeyUpdate()
      .skipLocked();
    if (graceSeconds !== null) {
      const latest = sql<string>`clock_timestamp() - make_interval(secs => ${graceSeconds})`;
      query = query.where('lease_until', '<', latest);
    }
    const row = await query.executeTakeFirst();
    if (!row) return false;
    const run = { runId: dead.id, epoch: dead.epoch };
    await addRunEvent(trx, run, 'lease-lost', { owner: dead.owner });
    if (ask) {
      await markUndecided(trx, run, ask.ordinal, ask.why);
      return true;
    }
    await changeState(trx, run, 'running', 'queued');
    await wakeForRun(trx, dead.id);
    return true;
  });
}

/** Whether this epoch of a run may still be at work: running, and its lease holds. */
export async function isEpochAlive(db: Store, runId: string, epoch: number): Promise<boolean> {
  const row = await db
    .selectFrom('runs')
    .select('id')
    .where('id', '=', runId)
    .where('epoch', '=', epoch)
    .where('state', '=', 'running')
    .where('lease_until', '>', sql<string>`clock_timestamp()`)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Whether what an epoch left may still be adopted: its run goes on, and nobody has taken it since, or a worker of the
 * same name has. That one adopts or removes it by itself; it may be about to.
 */
export async function mayBeAdopted(
  db: Store,
  runId: string,
  epoch: number,
  workerName: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('runs')
    .leftJoin('workers', 'workers.id', 'runs.owner')
    .select('runs.id')
    .where('runs.id', '=', runId)
    .where('runs.state', 'in', ['queued', 'running'])
    .where((where) => where.or([where('runs.epoch', '=', epoch), where('workers.name', '=', workerName)]))
    .executeTakeFirst();
  return row !== undefined;
}
