import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { enqueue, queueOfWorker } from '@/lib/store/outbox';

/** What web may read of a test: never the sealed copy of a key. */
const shown = [
  'id',
  'storage_id as storageId',
  'dump_key_id as dumpKeyId',
  'state',
  'requested_at as requestedAt',
  'requested_by as requestedBy',
  'finished_at as finishedAt',
  'ok',
  'result',
] as const;

export interface StorageTestRow {
  id: string;
  storageId: string | null;
  dumpKeyId: string | null;
  state: 'requested' | 'running' | 'done';
  requestedAt: string;
  requestedBy: string;
  finishedAt: string | null;
  ok: boolean | null;
  result: JsonObject | null;
}

/**
 * Asks some worker to try a storage, or a typed copy of a dump key. Every worker can: the newest that lives is woken,
 * and the others look now and then.
 */
export async function insertStorageTest(
  trx: Store,
  test: { by: string; id?: string } & (
    | { storageId: string }
    | { dumpKeyId: string; sealed: Buffer; sealedKeyId: string }
  ),
): Promise<string> {
  const id = test.id ?? newId();
  const of =
    'storageId' in test
      ? { storage_id: test.storageId }
      : { dump_key_id: test.dumpKeyId, sealed: test.sealed, sealed_key_id: test.sealedKeyId };
  await trx
    .insertInto('storage_tests')
    .values({ id, requested_by: test.by, ...of })
    .execute();
  const worker = await trx
    .selectFrom('workers')
    .select('name')
    .where('state', '=', 'running')
    .orderBy('heartbeat_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (worker) await enqueue(trx, { topic: 'test', subjectId: id, queue: queueOfWorker(worker.name) });
  return id;
}

export function findStorageTest(db: Store, id: string): Promise<StorageTestRow | undefined> {
  return db.selectFrom('storage_tests').select(shown).where('id', '=', id).executeTakeFirst();
}

/** The newest test of each storage and of each key, by the id of what it tried. */
export async function latestStorageTests(db: Store): Promise<Map<string, StorageTestRow>> {
  const rows = await db
    .selectFrom('storage_tests')
    .select(shown)
    .distinctOn(['storage_id', 'dump_key_id'])
    .orderBy('storage_id')
    .orderBy('dump_key_id')
    .orderBy('id', 'desc')
    .execute();
  return new Map(rows.map((row) => [row.storageId ?? row.dumpKeyId ?? '', row]));
}

/** Takes a requested test with what it needs; undefined when another worker did, or when there is none. */
export async function claimStorageTest(
  db: Store,
  id: string,
): Promise<
  | {
      storageId: string | null;
      dumpKeyId: string | null;
      sealed: Buffer | null;
      sealedKeyId: string | null;
      requestedBy: string;
    }
  | undefined
> {
  return db
    .updateTable('storage_tests')
    .set({ state: 'running', started_at: sql<string>`clock_timestamp()` })
    .where('id', '=', id)
    .where('state', '=', 'requested')
    .returning([
      'storage_id as storageId',
      'dump_key_id as dumpKeyId',
      'sealed',
      'sealed_key_id as sealedKeyId',
      'requested_by as requestedBy',
    ])
    .executeTakeFirst();
}

/** Stores what was found. A sealed copy of a key is gone with it. */
export async function finishStorageTest(
  db: Store,
  id: string,
  ok: boolean,
  result: JsonObject,
): Promise<void> {
  await db
    .updateTable('storage_tests')
    .set({
      state: 'done',
      finished_at: sql<string>`clock_timestamp()`,
      ok,
      result: JSON.stringify(result),
      sealed: null,
    })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .execute();
}

/** Ends tests whose worker died, forgets old ones, and gives those whose wake-up was lost. */
export async function sweepStorageTests(
  db: Store,
  deadAfterSeconds: number,
  lost: JsonObject,
): Promise<string[]> {
  await db
    .updateTable('storage_tests')
    .set({
      state: 'done',
      finished_at: sql<string>`clock_timestamp()`,
      ok: false,
      result: JSON.stringify(lost),
      sealed: null,
    })
    .where('state', '=', 'running')
    .where('started_at', '<', sql<string>`now() - make_interval(secs => ${deadAfterSeconds})`)
    .execute();
  await sql`
    delete from storage_tests as test
    where requested_at < now() - interval '30 days'
      and exists (
        select
        from storage_tests as newer
        where newer.id > test.id
          and newer.storage_id is not distinct from test.storage_id
          and newer.dump_key_id is not distinct from test.dump_key_id)`.execute(db);
  const waiting = await db
    .selectFrom('storage_tests')
    .select('id')
    .where('state', '=', 'requested')
    .where('requested_at', '<', sql<string>`now() - interval '2 seconds'`)
    .limit(20)
    .execute();
  return waiting.map(({ id }) => id);
}
