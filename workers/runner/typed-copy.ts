import type { TypedCopy } from '@/lib/engine/define-job';
import { typedPassBinding } from '@/lib/secrets/sealed-destinations';
import { destinationDigest } from '@/lib/secrets/sealed-secret';
import type { Store } from '@/lib/store/db';
import { stanzaOfCluster } from '@/lib/store/stanzas';
import { findTypedCopy } from '@/lib/store/typed-copies';

/** What a plan may say of a typed copy: whose it is, which place it may open, whether it is still there. */
export async function typedCopyOf(db: Store, clusterId: string, id: string): Promise<TypedCopy | undefined> {
  const [copy, stanza] = await Promise.all([findTypedCopy(db, id), stanzaOfCluster(db, clusterId)]);
  if (!copy) return undefined;
  const repository = stanza?.repositories.find((one) => one.id === copy.repositoryId);
  const binding = stanza && repository && typedPassBinding(copy, { ...repository, stanzaId: stanza.id });
  return {
    id: copy.id,
    repositoryId: copy.repositoryId,
    destination: binding ? destinationDigest(binding.destination) : null,
    typedByName: copy.typedByName,
    expiresAt: copy.expiresAt,
    goneWhy: copy.goneWhy,
  };
}
