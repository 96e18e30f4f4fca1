import { createHash } from 'node:crypto';
import sodium from 'libsodium-wrappers';

/** What a secret that is no login belongs to, and where alone it may be sent. */
export interface SecretBinding {
  /** Like `storage`. */
  subjectKind: string;
  subjectId: string;
  /** Like `access-key`. */
  name: string;
  /**
   * Everything that says where the secret goes: endpoint, bucket, path, host, TLS mode, authority. Sealed as one digest,
   * so that a changed row cannot carry the secret elsewhere.
   */
  destination: Record<string, string | number | boolean | null>;
}

/** SHA-256 of a destination in hex: its fields by name, so that their order does not count. */
export function destinationDigest(destination: SecretBinding['destination']): string {
  const fields = Object.entries(destination).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}

/** Seals a secret with its binding to the workers' public key (libsodium: sealed boxes); the sealer cannot open it. */
export async function sealSecret(
  publicKey: Uint8Array,
  keyId: string,
  binding: SecretBinding,
  secret: string,
): Promise<Buffer> {
  await sodium.ready;
  const { subjectKind, subjectId, name } = binding;
  const destination = destinationDigest(binding.destination);
  const text = JSON.stringify({ keyId, subjectKind, subjectId, name, destination, secret });
  return Buffer.from(sodium.crypto_box_seal(text, publicKey));
}
