import { type Selectable, sql } from 'kysely';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import type { Database } from '@/lib/store/schema';

export type DumpKeyRow = Selectable<Database['dump_keys']>;

/** Keys that dumps were ever encrypted with, newest first; the keys themselves are sealed, apart. */
export function listDumpKeys(db: Store): Promise<DumpKeyRow[]> {
  return db.selectFrom('dump_keys').selectAll().orderBy('created_at', 'desc').execute();
}

export function findDumpKey(
  db: Store,
  of: { id: string } | { keyId: string } | 'active',
): Promise<DumpKeyRow | undefined> {
  let query = db.selectFrom('dump_keys').selectAll();
  if (of === 'active') query = query.where('retired_at', 'is', null);
  else if ('id' in of) query = query.where('id', '=', of.id);
  else query = query.where('key_id', '=', of.keyId);
  return query.executeTakeFirst();
}

/** Makes a key the one for new uploads; the one before stays for reading what it has encrypted. */
export async function insertDumpKey(
  trx: Store,
  key: { id: string; keyId: string; by: string },
): Promise<void> {
  await trx
    .updateTable('dump_keys')
    .set({ retired_at: sql<string>`clock_timestamp()` })
    .where('retired_at', 'is', null)
    .execute();
  await trx
    .insertInto('dump_keys')
    .values({ id: key.id, key_id: key.keyId, created_by_name: key.by })
    .execute();
}

/** A typed copy of the key has decrypted an object. */
export async function markEscrowProven(db: Store, id: string, by: string, proof: JsonObject): Promise<void> {
  await db
    .updateTable('dump_keys')
    .set({
      escrow_proven_at: sql<string>`clock_timestamp()`,
      escrow_proven_by: by,
      escrow_proof: JSON.stringify(proof),
    })
    .where('id', '=', id)
    .execute();
}
