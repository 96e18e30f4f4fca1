import { sql } from 'kysely';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';

export interface WorkerIdentity {
  /** Of this process; a restart is another one. */
  id: string;
  /** Of its folders: workers of one name share a host and its directories. */
  name: string;
  host: string;
  pid: number;
  version: string;
  pools: string[];
  hosts: string[];
}

/** Registers a worker process that starts. */
export async function registerWorker(db: Store, worker: WorkerIdentity, facts: JsonObject): Promise<void> {
  await db
    .insertInto('workers')
    .values({ ...worker, state: 'running', facts: JSON.stringify(facts) })
    .execute();
}

/** Says that a worker lives, with what it sees of its machine. */
export async function beatWorker(
  db: Store,
  id: string,
  state: 'running' | 'draining' | 'stopped',
  facts: JsonObject,
): Promise<void> {
  await db
    .updateTable('workers')
    .set({ state, facts: JSON.stringify(facts), heartbeat_at: sql<string>`clock_timestamp()` })
    .where('id', '=', id)
    .execute();
}

/** Forgets processes that ended a week ago; their names stay in the runs they did. */
export async function removeOldWorkers(db: Store): Promise<void> {
  await db.deleteFrom('workers').where('heartbeat_at', '<', sql<string>`now() - interval '7 days'`).execute();
}

/** Whether some process of this worker name has beaten within the given seconds. */
export async function isWorkerAlive(db: Store, name: string, withinSeconds: number): Promise<boolean> {
  const found = await db
    .selectFrom('workers')
    .select('id')
    .where('name', '=', name)
    .where('state', '<>', 'stopped')
    .where('heartbeat_at', '>', sql<string>`now() - make_interval(secs => ${withinSeconds})`)
    .limit(1)
    .executeTakeFirst();
  return found !== undefined;
}
