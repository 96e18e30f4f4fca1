import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { newId } from '@/lib/base/ids';
import { newKeyCopy, parseKeyCopy } from '@/lib/base/server/dump-key-copy';
import { sealingKeyOrThrow } from '@/lib/commands/storages';
import { dumpKeyBinding, typedCopyBinding } from '@/lib/secrets/sealed-destinations';
import { sealSecret } from '@/lib/secrets/sealed-secret';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { findDumpKey, insertDumpKey } from '@/lib/store/dump-keys';
import { replaceSecret } from '@/lib/store/sealed-secrets';
import { insertStorageTest } from '@/lib/store/storage-tests';

interface Meta {
  requestId: string;
}

/**
 * Makes the key that dumps are encrypted with from now on. It is shown this once, to be kept outside the console, and
 * sealed to the workers; a former one stays for reading what it has encrypted.
 *
 * @throws PlumblineError `conflict` before any worker has started, `not-allowed`.
 */
export async function makeDumpKey(
  db: Store,
  actor: Actor,
  meta: Meta,
): Promise<{ id: string; keyId: string; copy: string }> {
  assertAllowed(actor, 'manage-storages');
  const copy = newKeyCopy();
  const { keyId } = parseKeyCopy(copy);
  return db.transaction().execute(async (trx) => {
    const workers = await sealingKeyOrThrow(trx);
    const id = newId();
    await insertDumpKey(trx, { id, keyId, by: actor.name });
    const binding = dumpKeyBinding({ id, keyId });
    const sealed = await sealSecret(workers.publicKey, workers.keyId, binding, copy);
    const of = { subjectKind: 'dump-key', subjectId: id, name: 'key' } as const;
    await replaceSecret(trx, { ...of, sealed, keyId: workers.keyId });
    await appendAudit(trx, {
      actor,
      action: 'dump-key.make',
      subject: { kind: 'dump-key', id, name: keyId },
      requestId: meta.requestId,
    });
    return { id, keyId, copy };
  });
}

/**
 * Lets a worker prove that the copy which somebody kept and typed in opens what was uploaded. The copy is sealed for this
 * one test and gone when it ends; the console’s own key is not used for it.
 *
 * @throws PlumblineError `bad-input` when the text is no key or the copy of another key.
 */
export async function proveEscrow(
  db: Store,
  actor: Actor,
  dumpKeyId: string,
  typed: string,
  meta: Meta,
): Promise<{ testId: string }> {
  assertAllowed(actor, 'manage-storages');
  const { keyId } = parseKeyCopy(typed);
  return db.transaction().execute(async (trx) => {
    const key = await findDumpKey(trx, { id: dumpKeyId });
    if (!key)
      throw new PlumblineError('not-found', 'There is no such key.', { next: 'See the list of keys.' });
    if (key.key_id !== keyId) {
      const sentence = 'This is the copy of another key.';
      throw new PlumblineError('bad-input', sentence, {
        next: `Type the copy of the key ${key.key_id}.`,
        fields: { copy: sentence },
      });
    }
    const workers = await sealingKeyOrThrow(trx);
    const id = newId();
    const binding = typedCopyBinding({ id, keyId });
    const sealed = await sealSecret(workers.publicKey, workers.keyId, binding, typed);
    const testId = await insertStorageTest(trx, {
      ...{ id, by: actor.name, dumpKeyId, sealed, sealedKeyId: workers.keyId },
    });
    await appendAudit(trx, {
      actor,
      action: 'dump-key.prove',
      subject: { kind: 'dump-key', id: dumpKeyId, name: keyId },
      details: { testId },
      requestId: meta.requestId,
    });
    return { testId };
  });
}
