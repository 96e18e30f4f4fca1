import type { Transaction } from 'kysely';
import type { Store } from '@/lib/store/db';
import type { Database } from '@/lib/store/schema';

type Db = Store | Transaction<Database>;

/** Makes a worker's public key known, so that secrets can be sealed to it. Repeating it changes nothing. */
export async function registerWorkerKey(
  db: Db,
  key: { keyId: string; publicKey: Uint8Array },
): Promise<void> {
  await db
    .insertInto('worker_keys')
    .values({ id: key.keyId, public_key: Buffer.from(key.publicKey) })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** The key that new secrets are sealed to: the newest that is not retired. Undefined before any worker started. */
export async function sealingKey(db: Db): Promise<{ keyId: string; publicKey: Uint8Array } | undefined> {
  const row = await db
    .selectFrom('worker_keys')
    .select(['id', 'public_key'])
    .where('retired_at', 'is', null)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { keyId: row.id, publicKey: row.public_key };
}
