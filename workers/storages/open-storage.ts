import { PlumblineError } from '@/lib/base/errors';
import type { ObjectStore } from '@/lib/engine/object-store';
import type { KeyPair } from '@/lib/secrets/key-file';
import { openSecret } from '@/lib/secrets/open-secret';
import { storageBinding } from '@/lib/secrets/sealed-destinations';
import type { Store } from '@/lib/store/db';
import { findSealedSecret } from '@/lib/store/sealed-secrets';
import { findStorage, watchedHosts } from '@/lib/store/storages';
import { openS3 } from '@/lib/tools/s3-client';

/**
 * Opens a storage with its keys, for the place that they were entered for and no other.
 *
 * @throws PlumblineError `not-found` when it was removed or has no keys, `conflict` when its row says another place.
 */
export async function openStorage(db: Store, keyPair: KeyPair, id: string): Promise<ObjectStore> {
  const storage = await findStorage(db, id);
  if (!storage) {
    throw new PlumblineError('not-found', 'The storage was removed.', { next: 'Choose another one.' });
  }
  const place = { ...storage, uriStyle: storage.uri_style, verifyTls: storage.verify_tls };
  const secret = async (name: 'access-key' | 'secret-key') => {
    const sealed = await findSealedSecret(db, { subjectKind: 'storage', subjectId: id, name });
    if (sealed) return openSecret(keyPair, sealed, storageBinding(place, name));
    throw new PlumblineError('not-found', `The storage ${storage.name} has no keys.`, {
      next: 'Enter them on the storages page.',
    });
  };
  return openS3({
    ...{ name: storage.name, endpoint: storage.endpoint, region: storage.region, bucket: storage.bucket },
    ...{ prefix: storage.prefix, uriStyle: storage.uri_style, verifyTls: storage.verify_tls },
    tlsCa: storage.tls_ca,
    accessKey: await secret('access-key'),
    secretKey: await secret('secret-key'),
    trustedHosts: await watchedHosts(db),
  });
}
