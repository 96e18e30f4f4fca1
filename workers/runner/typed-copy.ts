import { PlumblineError } from '@/lib/base/errors';
import { parseKeyCopy } from '@/lib/base/server/dump-key-copy';
import type { TypedCopy } from '@/lib/engine/define-job';
import type { KeyPair } from '@/lib/secrets/key-file';
import { openSecret } from '@/lib/secrets/open-secret';
import { typedKeyBinding, typedPassBinding } from '@/lib/secrets/sealed-destinations';
import { destinationDigest } from '@/lib/secrets/sealed-secret';
import type { Store } from '@/lib/store/db';
import { findDumpKey } from '@/lib/store/dump-keys';
import { stanzaOfCluster } from '@/lib/store/stanzas';
import { findTypedCopy, sealedTypedCopy } from '@/lib/store/typed-copies';

/** What a plan may say of a typed copy: whose it is, which place it may open, whether it is still there. */
export async function typedCopyOf(db: Store, clusterId: string, id: string): Promise<TypedCopy | undefined> {
  const [copy, stanza] = await Promise.all([findTypedCopy(db, id), stanzaOfCluster(db, clusterId)]);
  if (!copy) return undefined;
  const repository = stanza?.repositories.find((one) => one.id === copy.repositoryId);
  const key = copy.dumpKeyId ? await findDumpKey(db, { id: copy.dumpKeyId }) : undefined;
  const binding = key
    ? typedKeyBinding(copy, key.key_id)
    : stanza && repository && typedPassBinding(copy, { ...repository, stanzaId: stanza.id });
  return {
    id: copy.id,
    repositoryId: copy.repositoryId,
    dumpKeyId: copy.dumpKeyId,
    destination: binding ? destinationDigest(binding.destination) : null,
    typedByName: copy.typedByName,
    expiresAt: copy.expiresAt,
    goneWhy: copy.goneWhy,
  };
}

/**
 * The key of dumps that somebody typed for a run.
 *
 * @throws PlumblineError `conflict` when it is gone or was typed for another run, plan or key.
 */
export async function openTypedKey(
  db: Store,
  keyPair: KeyPair,
  of: { id: string; runId: string },
): Promise<{ keyId: string; key: Uint8Array; text: string }> {
  const copy = await sealedTypedCopy(db, of);
  const row = copy?.dumpKeyId ? await findDumpKey(db, { id: copy.dumpKeyId }) : undefined;
  if (!copy || !row) {
    throw new PlumblineError('conflict', 'What was typed for this run is gone.', {
      next: 'Make a new plan and type the copy again.',
    });
  }
  const binding = typedKeyBinding({ id: of.id, planId: copy.planId }, row.key_id);
  const text = await openSecret(keyPair, copy, binding);
  return { keyId: row.key_id, key: parseKeyCopy(text).key, text };
}
