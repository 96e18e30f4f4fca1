import { PlumblineError } from '@/lib/base/errors';
import { parseKeyCopy } from '@/lib/base/server/dump-key-copy';
import type { KeyPair } from '@/lib/secrets/key-file';
import { openSecret } from '@/lib/secrets/open-secret';
import { dumpKeyBinding } from '@/lib/secrets/sealed-destinations';
import type { Store } from '@/lib/store/db';
import { findSealedSecret } from '@/lib/store/sealed-secrets';

/**
 * The key of dumps that its row names, 32 bytes.
 *
 * @throws PlumblineError `not-found` when it is not there, `conflict` when it is another key than its row says.
 */
export async function openDumpKey(
  db: Store,
  keyPair: KeyPair,
  rowId: string,
  keyId: string,
): Promise<Uint8Array> {
  const sealed = await findSealedSecret(db, { subjectKind: 'dump-key', subjectId: rowId, name: 'key' });
  if (!sealed) {
    throw new PlumblineError('not-found', `The key ${keyId} is not in the console any more.`, {
      next: 'Decrypt with the copy that was kept.',
    });
  }
  const copy = await openSecret(keyPair, sealed, dumpKeyBinding({ id: rowId, keyId }));
  return parseKeyCopy(copy).key;
}
