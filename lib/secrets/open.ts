import sodium from 'libsodium-wrappers';
import { PlumblineError } from '@/lib/base/errors';
import type { KeyPair } from '@/lib/secrets/key-file';
import { certificateDigest, type SealedLogin, sealedLoginSchema } from '@/lib/secrets/seal';

/** The row that a sealed login was read from, as it is now. */
export interface ExpectedRow
  extends Pick<SealedLogin, 'keyId' | 'instanceId' | 'purpose' | 'host' | 'port' | 'tlsMode' | 'user'> {
  tlsCa: string | null;
}

/**
 * Opens a sealed login and holds it against the row that it came with.
 *
 * @throws PlumblineError `conflict` when it was sealed to another key, is damaged, or names another instance,
 * purpose, host, port, TLS mode, CA or user than the row. The sentence never holds a secret.
 */
export async function open(
  keyPair: KeyPair,
  sealed: Uint8Array,
  expected: ExpectedRow,
): Promise<SealedLogin> {
  await sodium.ready;
  if (expected.keyId !== keyPair.keyId) {
    throw new PlumblineError(
      'conflict',
      `The ${expected.purpose} login was sealed to key ${expected.keyId}; this worker holds key ${keyPair.keyId}.`,
      {
        next: 'Give all workers the same key file, or enter the password again in the settings of the instance.',
      },
    );
  }
  const login = sealedLoginSchema.safeParse(decrypt(keyPair, sealed));
  if (!login.success) {
    throw new PlumblineError(
      'conflict',
      `The stored secret of the ${expected.purpose} login cannot be opened.`,
      {
        next: 'Enter the password again in the settings of the instance.',
      },
    );
  }
  const bound: [string, unknown, unknown][] = [
    ['key', login.data.keyId, expected.keyId],
    ['instance', login.data.instanceId, expected.instanceId],
    ['purpose', login.data.purpose, expected.purpose],
    ['host', login.data.host, expected.host],
    ['port', login.data.port, expected.port],
    ['TLS mode', login.data.tlsMode, expected.tlsMode],
    ['certificate authority', login.data.caDigest, certificateDigest(expected.tlsCa)],
    ['user', login.data.user, expected.user],
  ];
  const different = bound.filter(([, sealedFor, now]) => sealedFor !== now).map(([name]) => name);
  if (different.length > 0) {
    throw new PlumblineError(
      'conflict',
      `The stored secret of the ${expected.purpose} login was entered for another ${different.join(', ')}, so it is not sent.`,
      { next: 'Enter the password again in the settings of the instance.' },
    );
  }
  return login.data;
}

function decrypt(keyPair: KeyPair, sealed: Uint8Array): unknown {
  try {
    const text = sodium.crypto_box_seal_open(sealed, keyPair.publicKey, keyPair.secretKey);
    return JSON.parse(Buffer.from(text).toString('utf8'));
  } catch {
    return undefined;
  }
}
