import { PlumblineError } from '@/lib/base/errors';
import { parseKeyCopy } from '@/lib/base/server/dump-key-copy';
import type { ObjectStore } from '@/lib/engine/object-store';
import { firstChunkEnd, openFirstChunk } from '@/lib/procedures/encryption';
import type { KeyPair } from '@/lib/secrets/key-file';
import { openSecret } from '@/lib/secrets/open-secret';
import { typedCopyBinding } from '@/lib/secrets/sealed-destinations';
import type { Store } from '@/lib/store/db';
import { findDumpKey, markEscrowProven } from '@/lib/store/dump-keys';
import { listUploads } from '@/lib/store/uploads';
import { openStorage } from '@/workers/storages/open-storage';
import { type TestSteps, trySteps } from '@/workers/storages/try-storage';

interface Test {
  id: string;
  dumpKeyId: string;
  sealed: Buffer;
  sealedKeyId: string;
  requestedBy: string;
}

/**
 * Opens the beginning of the newest uploaded object with the copy that somebody typed, and only with it: the console’s
 * own key is not touched, so that what is proven is the copy.
 */
export async function proveTypedCopy(
  db: Store,
  keyPair: KeyPair,
  test: Test,
  signal: AbortSignal,
): Promise<{ ok: boolean; steps: TestSteps }> {
  const row = await findDumpKey(db, { id: test.dumpKeyId });
  let typed: Uint8Array;
  let store: ObjectStore;
  let beginning: Buffer;
  let object: { objectKey: string; storageName: string; storageId: string };
  const keyId = row?.key_id ?? '';
  return trySteps([
    {
      title: 'Read the typed copy',
      does: async () => {
        const sealed = { sealed: test.sealed, keyId: test.sealedKeyId };
        const copy = parseKeyCopy(
          await openSecret(keyPair, sealed, typedCopyBinding({ id: test.id, keyId })),
        );
        if (copy.keyId !== keyId) throw new PlumblineError('bad-input', 'This is the copy of another key.');
        typed = copy.key;
        return `It is a copy of the key ${keyId}.`;
      },
    },
    {
      title: 'Find an object that this key encrypted',
      does: async () => {
        const [newest] = await listUploads(db, { keyId, readyOnly: true });
        if (!newest) {
          throw new PlumblineError('not-found', 'Nothing that this key encrypted is in a storage yet.', {
            next: 'Send a dump to a storage, then prove the copy by it.',
          });
        }
        object = newest;
        store = await openStorage(db, keyPair, newest.storageId);
        beginning = await store.range(newest.objectKey, 0, firstChunkEnd - 1, signal);
        return `${newest.objectKey} in ${store.shownName}.`;
      },
    },
    {
      title: 'Decrypt its beginning with the typed copy',
      does: async () => {
        const header = await openFirstChunk(typed, beginning, object.objectKey);
        if (header.keyId !== keyId) {
          throw new PlumblineError('tool-failed', `The object says that the key ${header.keyId} opens it.`);
        }
        const proof = { objectKey: object.objectKey, storage: object.storageName };
        await markEscrowProven(db, test.dumpKeyId, test.requestedBy, proof);
        return 'The typed copy opens it: without the console it can still be read.';
      },
    },
  ]);
}
