import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { BoundedSession, type InstanceSession } from '@/lib/instance/bounded-session';
import { connectError, InstanceError } from '@/lib/instance/instance-error';
import { valueTypes } from '@/lib/instance/value-types';
import { BoundedConnection } from '@/lib/instance/wire';

export type { InstanceSession };

export type TlsMode = 'verify-full' | 'verify-ca' | 'require' | 'disable';

export interface ConnectOptions {
  host: string;
  port: number;
  database: string;
  tlsMode: TlsMode;
  /** PEM of the authorities to trust; the well-known ones without it. */
  tlsCa?: string | null;
  /** PEM of a client certificate and its key. */
  tlsCertificate?: string | null;
  tlsKey?: string | null;
  user: string;
  password: string;
  applicationName: string;
  /** For everything until the session is usable: name, TCP, TLS, password, first question. 10 s unless said. */
  connectTimeoutMs?: number;
  /** The largest answer to one statement; 16 MiB unless said. */
  maxAnswerBytes?: number;
  /** Answers a request for the password in clear text or as MD5 too. Only SCRAM is answered unless this is set. */
  allowWeakPassword?: boolean;
  /** Ends the session: a running statement is cancelled on the server. */
  signal?: AbortSignal;
}

const oldestVersionNum = 140_000;

/**
 * Connects to a watched server and asks who answers.
 *
 * Values of numbers and booleans come as such, all else as text; statements go by the extended protocol, so that one
 * call is one statement. Without a pooler between, names are looked up in pg_catalog only: a function that somebody
 * put into `public` is never called by an unqualified name.
 *
 * @throws InstanceError whose `reason` says what is wrong, within `connectTimeoutMs`.
 */
export async function connectInstance(options: ConnectOptions): Promise<InstanceSession> {
  return openWire(options, async ({ client, wire, tls }) => {
    const session = new BoundedSession(client, wire, options, tls);
    await session.start();
    if (session.serverVersionNum < oldestVersionNum) {
      throw new InstanceError(
        'too-old',
        `${options.host}:${options.port} runs PostgreSQL ${versionName(session.serverVersionNum)}; Plumbline needs 14 or newer.`,
        { next: 'Upgrade the server; versions before 14 no longer get fixes.' },
      );
    }
    return session;
  });
}

export interface OpenedWire {
  client: pg.Client;
  wire: BoundedConnection;
  tls: ConnectionOptions | undefined;
}

/**
 * Opens a connection that speaks PostgreSQL's protocol and makes something of it, all within `connectTimeoutMs`; when
 * that fails the connection is cut. Passwords, TLS and caps are as `connectInstance` says.
 *
 * @throws InstanceError as `connectInstance` does.
 */
export async function openWire<T>(
  options: ConnectOptions,
  use: (opened: OpenedWire) => Promise<T>,
): Promise<T> {
  const place = { host: options.host, port: options.port, database: options.database, user: options.user };
  const timeoutMs = options.connectTimeoutMs ?? 10_000;
  options.signal?.throwIfAborted();
  const tls = tlsOptions(options);
  const wire = new BoundedConnection(tls);
  const client = new pg.Client({
    host: options.host,
    port: options.port,
    database: options.database,
    user: options.user,
    application_name: options.applicationName,
    types: valueTypes,
    ssl: tls ?? false,
    connection: wire,
    // Always a function: pg would look for a missing password in PGPASSWORD and in a passfile.
    password: () => {
      if (wire.weakRequest && !options.allowWeakPassword) {
        throw new InstanceError('weak-password-request', weakSentence(wire.weakRequest, options), {
          next: 'Store the password as SCRAM on the server (password_encryption = scram-sha-256, then set it again) and use scram-sha-256 in pg_hba.conf.',
        });
      }
      return options.password;
    },
  } as pg.ClientConfig);
  // Errors of an idle connection come as an event; the next query says that it is gone.
  client.on('error', () => {});

  let stop: (error: Error) => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  stopped.catch(() => {});
  const timer = setTimeout(() => {
    stop(
      new InstanceError(
        'timed-out',
        `${place.host}:${place.port} did not let us in within ${timeoutMs / 1000} s.`,
        {
          next: 'Check the network, firewalls, and whether the server is overloaded.',
        },
      ),
    );
  }, timeoutMs);
  const onAbort = () => stop(new InstanceError('cancelled', 'Connecting was cancelled.'));
  options.signal?.addEventListener('abort', onAbort, { once: true });
  wire.allowHandshake(stop);
  try {
    await Promise.race([client.connect(), stopped]);
    return await Promise.race([use({ client, wire, tls }), stopped]);
  } catch (error) {
    wire.socket.destroy();
    throw connectError(error, place);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

function weakSentence(request: 'cleartext' | 'md5', { host, port, user }: ConnectOptions): string {
  const how = request === 'cleartext' ? 'in clear text' : 'as an MD5 hash';
  return `${host}:${port} asks for the password of ${user} ${how}; it was not sent.`;
}

/** `9.6.24`, `13.4`, `15.2` from server_version_num (PostgreSQL documentation, 20.15). */
function versionName(versionNum: number): string {
  const major = Math.floor(versionNum / 10_000);
  if (major >= 10) return `${major}.${versionNum % 10_000}`;
  return `${major}.${Math.floor(versionNum / 100) % 100}.${versionNum % 100}`;
}

/** The modes as libpq names them (PostgreSQL documentation, 34.19.1). */
function tlsOptions(options: ConnectOptions): ConnectionOptions | undefined {
  if (options.tlsMode === 'disable') return undefined;
  return {
    rejectUnauthorized: options.tlsMode !== 'require',
    ...(options.tlsMode === 'verify-ca' && { checkServerIdentity: () => undefined }),
    ...(options.tlsCa && { ca: options.tlsCa }),
    ...(options.tlsCertificate && { cert: options.tlsCertificate }),
    ...(options.tlsKey && { key: options.tlsKey }),
  };
}
