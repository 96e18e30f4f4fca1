import { createHash } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { z } from 'zod';

/**
 * The plain text inside a sealed box: the secret together with all that says where it may be sent. A worker compares
 * it with the instance's row and refuses a difference, so that neither a copied box nor a changed host can carry a
 * password to another server.
 */
export const sealedLoginSchema = z.object({
  keyId: z.string(),
  instanceId: z.string(),
  purpose: z.enum(['watch', 'backup', 'operate']),
  host: z.string(),
  port: z.number().int(),
  tlsMode: z.enum(['verify-full', 'verify-ca', 'require', 'disable']),
  /** `certificateDigest` of the pasted CA: whoever swaps the CA must not receive the password either. */
  caDigest: z.string().nullable(),
  user: z.string(),
  password: z.string(),
  /** The client certificate's private key, PEM. */
  clientKey: z.string().optional(),
});

export type SealedLogin = z.infer<typeof sealedLoginSchema>;

/** SHA-256 of a pasted PEM text in hex, or null for none. */
export function certificateDigest(pem: string | null): string | null {
  return pem === null ? null : createHash('sha256').update(pem).digest('hex');
}

/**
 * Seals a login to the workers' public key (libsodium: sealed boxes). Nobody but the holder of the secret key can
 * open it, the sealing process included.
 */
export async function seal(
  publicKey: Uint8Array,
  keyId: string,
  login: Omit<SealedLogin, 'keyId'>,
): Promise<Buffer> {
  await sodium.ready;
  const text = JSON.stringify({ ...login, keyId } satisfies SealedLogin);
  return Buffer.from(sodium.crypto_box_seal(text, publicKey));
}
