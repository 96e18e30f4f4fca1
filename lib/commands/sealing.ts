import type { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import type { newLoginSchema } from '@/lib/contract/instances';
import { certificateDigest, seal } from '@/lib/secrets/seal';
import type { Store } from '@/lib/store/db';
import { replaceLogin } from '@/lib/store/instance-logins';
import type { TlsMode } from '@/lib/store/schema';
import { sealingKey } from '@/lib/store/worker-keys';

/** Where the secrets of an instance may be sent: sealed together with them. */
export interface Destination {
  instanceId: string;
  host: string;
  port: number;
  tlsMode: TlsMode;
  tlsCa: string | null;
}

/**
 * Seals logins to the workers' key and stores them; after this nobody but a worker can read the passwords.
 *
 * @throws PlumblineError `conflict` when no worker has ever started, so that there is no key to seal to.
 */
export async function storeLogins(
  trx: Store,
  destination: Destination,
  logins: readonly z.infer<typeof newLoginSchema>[],
  clientKey: string | undefined,
): Promise<void> {
  const key = await sealingKey(trx);
  if (!key) {
    throw new PlumblineError(
      'conflict',
      'No worker has started yet, so there is no key to seal passwords to.',
      {
        next: 'Start a worker, then add the instance again.',
      },
    );
  }
  const { instanceId, host, port, tlsMode, tlsCa } = destination;
  for (const { purpose, user, password } of logins) {
    const sealed = await seal(key.publicKey, key.keyId, {
      instanceId,
      purpose,
      host,
      port,
      tlsMode,
      caDigest: certificateDigest(tlsCa),
      user,
      password,
      ...(clientKey === undefined ? {} : { clientKey }),
    });
    await replaceLogin(trx, { instanceId, purpose, username: user, sealed, keyId: key.keyId });
  }
}
