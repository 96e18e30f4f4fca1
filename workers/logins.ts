import { PlumblineError } from '@/lib/base/errors';
import type { Purpose } from '@/lib/engine/define-job';
import { connectInstance, type InstanceSession } from '@/lib/instance/connect';
import type { KeyPair } from '@/lib/secrets/key-file';
import { open } from '@/lib/secrets/open';
import type { Store } from '@/lib/store/db';
import { sealedLogin } from '@/lib/store/instance-logins';
import { sealedPooler } from '@/lib/store/poolers';
import type { TlsMode } from '@/lib/store/schema';

/** Where and as whom to connect, the secret opened: stays inside a worker, never logged or stored. */
export interface OpenLogin {
  host: string;
  port: number;
  /** The maintenance database of the instance. */
  database: string;
  tlsMode: TlsMode;
  tlsCa: string | undefined;
  tlsCertificate: string | undefined;
  tlsKey: string | undefined;
  user: string;
  password: string;
}

export interface OpenInstanceOptions {
  applicationName?: string;
  /** From the first packet to a session that answers; 10 s unless said. */
  connectTimeoutMs?: number;
  signal?: AbortSignal;
}

/**
 * Opens the login of an instance for one purpose.
 *
 * @throws PlumblineError `not-found` when there is none, `conflict` when its secret was sealed for another row.
 */
export async function openLogin(
  db: Store,
  keyPair: KeyPair,
  instanceId: string,
  purpose: Purpose,
): Promise<OpenLogin> {
  const row = await sealedLogin(db, instanceId, purpose);
  if (!row) {
    throw new PlumblineError('not-found', `This instance has no ${purpose} login.`, {
      next: `Add the ${purpose} login in the settings of the instance; the script that creates it stands there.`,
    });
  }
  const login = await open(keyPair, row.sealed, row);
  return {
    host: row.host,
    port: row.port,
    database: row.database,
    tlsMode: row.tlsMode,
    tlsCa: row.tlsCa ?? undefined,
    tlsCertificate: row.tlsCertificate ?? undefined,
    tlsKey: login.clientKey,
    user: row.user,
    password: login.password,
  };
}

/**
 * Connects to an instance with the login of one purpose, to its maintenance database unless another is named.
 *
 * @throws PlumblineError as `openLogin` and `connectInstance` do.
 */
export async function openInstance(
  db: Store,
  keyPair: KeyPair,
  instanceId: string,
  purpose: Purpose,
  database?: string,
  options: OpenInstanceOptions = {},
): Promise<InstanceSession> {
  const login = await openLogin(db, keyPair, instanceId, purpose);
  return connectInstance({
    ...login,
    database: database ?? login.database,
    applicationName: options.applicationName ?? 'plumbline',
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    signal: options.signal,
  });
}

/** The login of an attached PgBouncer, its secret opened for the place it was entered for; undefined when it is gone. */
export async function openPooler(db: Store, keyPair: KeyPair, id: string) {
  const row = await sealedPooler(db, id);
  if (!row) return undefined;
  const { host, port, tls_mode: tlsMode, tls_ca: tlsCa, username: user, key_id: keyId } = row;
  const place = { keyId, instanceId: id, purpose: 'watch' as const, host, port, tlsMode, tlsCa, user };
  const { password } = await open(keyPair, row.sealed, place);
  return { host, port, tlsMode, tlsCa, user, password };
}
