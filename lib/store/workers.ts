import { sql } from 'kysely';
import { PlumblineError } from '@/lib/base/errors';
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
  await db
    .deleteFrom('workers')
    .where('heartbeat_at', '<', sql<string>`now() - interval '7 days'`)
    .execute();
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

/**
 * Refuses a console database whose schema this build does not know exactly: an older one needs a migration, a
 * newer one a newer build.
 */
export async function assertSchema(db: Store, known: readonly string[]): Promise<void> {
  let done: string[];
  try {
    done = (await db.selectFrom('kysely_migration').select('name').execute()).map((row) => row.name);
  } catch (cause) {
    throw new PlumblineError('internal', 'The console database could not be read, or was never migrated.', {
      next: 'See that it runs and that DATABASE_URL is right, then run `plumbline migrate`.',
      cause,
    });
  }
  const missing = known.filter((name) => !done.includes(name));
  const foreign = done.filter((name) => !known.includes(name));
  if (missing.length === 0 && foreign.length === 0) return;
  throw new PlumblineError(
    'internal',
    missing.length > 0
      ? `The console database lacks the schema steps ${missing.join(', ')}.`
      : `The console database has schema steps that this version does not know: ${foreign.join(', ')}.`,
    {
      next:
        missing.length > 0
          ? 'Run `plumbline migrate` with the owner’s URL.'
          : 'Install the version of Plumbline that migrated it.',
    },
  );
}
