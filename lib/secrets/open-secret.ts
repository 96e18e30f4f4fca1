import sodium from 'libsodium-wrappers';
import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import type { KeyPair } from '@/lib/secrets/key-file';
import { destinationDigest, type SecretBinding } from '@/lib/secrets/sealed-secret';

const sealedSchema = z.object({
  keyId: z.string(),
  subjectKind: z.string(),
  subjectId: z.string(),
  name: z.string(),
  destination: z.string(),
  secret: z.string(),
});

/**
 * Opens a sealed secret for exactly this binding.
 *
 * @throws PlumblineError `conflict` when it was sealed to another key, is damaged, or was entered for another subject,
 * name or destination. The sentence never holds the secret.
 */
export async function openSecret(
  keyPair: KeyPair,
  sealed: { sealed: Uint8Array; keyId: string },
  binding: SecretBinding,
): Promise<string> {
  await sodium.ready;
  const { subjectKind, subjectId, name } = binding;
  const what = `The secret ${name} of this ${subjectKind}`;
  const next = 'Enter it again where it is set up.';
  if (sealed.keyId !== keyPair.keyId) {
    throw new PlumblineError('conflict', `${what} was sealed to another key than this worker holds.`, {
      next: `Give all workers the same key file. ${next}`,
    });
  }
  const opened = sealedSchema.safeParse(decrypt(keyPair, sealed.sealed));
  if (!opened.success) throw new PlumblineError('conflict', `${what} cannot be opened.`, { next });
  const { data } = opened;
  const bound = {
    keyId: keyPair.keyId,
    subjectKind,
    subjectId,
    name,
    destination: destinationDigest(binding.destination),
  };
  const differs = Object.entries(bound).some(([field, value]) => data[field as keyof typeof bound] !== value);
  if (differs) {
    throw new PlumblineError('conflict', `${what} was entered for another place, so it is not sent there.`, {
      next,
    });
  }
  return data.secret;
}

function decrypt(keyPair: KeyPair, sealed: Uint8Array): unknown {
  try {
    const text = sodium.crypto_box_seal_open(sealed, keyPair.publicKey, keyPair.secretKey);
    return JSON.parse(Buffer.from(text).toString('utf8'));
  } catch {
    return undefined;
  }
}
