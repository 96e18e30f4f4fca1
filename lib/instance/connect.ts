import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import type { Session, SqlRow } from '@/lib/engine/define-job';
import { requestCancel } from '@/lib/instance/cancel-request';
import { connectError, InstanceError, statementError } from '@/lib/instance/instance-error';
import { valueTypes } from '@/lib/instance/value-types';
import { BoundedConnection } from '@/lib/instance/wire';

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

export interface InstanceSession extends Session {
  readonly serverVersionNum: number;
  readonly tls: boolean;
  readonly database: string;
  /** A pooler stands between: nothing may be set for the session, since others get it next. */
  readonly pooled: boolean;
  /** False once the connection is gone. */
  isOpen(): boolean;
}

const oldestVersionNum = 140_000;
const defaultDeadlineMs = 30_000;
/** How long a cancelled statement may take to end before the connection is cut. */
const cancelGraceMs = 2_000;

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
    const session = new BoundedSession(client, wire, options, tls);
    await Promise.race([session.start(), stopped]);
    if (session.serverVersionNum < oldestVersionNum) {
      throw new InstanceError(
        'too-old',
        `${place.host}:${place.port} runs PostgreSQL ${versionName(session.serverVersionNum)}; Plumbline needs 14 or newer.`,
        { next: 'Upgrade the server; versions before 14 no longer get fixes.' },
      );
    }
    return session;
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

interface Running {
  settled: Promise<unknown>;
  fail(error: InstanceError): void;
  /** Set once it is being stopped: why, and when the server has surely done its part. */
  stopped?: { error: InstanceError; done: Promise<void> };
}

interface BackendKey {
  processID: number | null;
  secretKey: number | null;
}

class BoundedSession implements InstanceSession {
  serverVersionNum = 0;
  backendPid = 0;
  pooled = false;
  readonly tls: boolean;
  readonly database: string;
  private gone: InstanceError | undefined;
  private tail: Promise<unknown> = Promise.resolve();
  private readonly onAbort = () => {
    this.interrupt(new InstanceError('cancelled', 'The work was cancelled.'));
  };
  private running: Running | undefined;

  constructor(
    private readonly client: pg.Client,
    private readonly wire: BoundedConnection,
    private readonly options: ConnectOptions,
    private readonly tlsOptions: ConnectionOptions | undefined,
  ) {
    this.tls = tlsOptions !== undefined;
    this.database = options.database;
    client.on('end', () => {
      this.gone ??= new InstanceError('dropped', 'The connection to the server was closed.');
    });
    options.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  async start(): Promise<void> {
    const key = this.key();
    const [row] = await this.query(
      `select pg_catalog.current_setting('server_version_num')::int4 as version,
         pg_catalog.pg_backend_pid() as pid,
         case when pg_catalog.pg_backend_pid() = $1::int4
           then pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false) end as path`,
      [key.processId],
    );
    this.serverVersionNum = Number(row?.version);
    this.backendPid = Number(row?.pid);
    // A pooler gives a cancel key of its own.
    this.pooled = row?.path === null;
  }

  isOpen(): boolean {
    return this.gone === undefined;
  }

  query(
    text: string,
    values: readonly unknown[] = [],
    options: { deadlineMs?: number } = {},
  ): Promise<SqlRow[]> {
    const turn = this.tail.then(() => this.run(text, values, options.deadlineMs ?? defaultDeadlineMs));
    this.tail = turn.catch(() => {});
    return turn;
  }

  private async run(text: string, values: readonly unknown[], deadlineMs: number): Promise<SqlRow[]> {
    if (this.gone) throw this.gone;
    let fail: (error: InstanceError) => void = () => {};
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    failed.catch(() => {});
    this.wire.allow(this.options.maxAnswerBytes ?? 16 * 1024 * 1024, (error) => this.cut(error, fail));
    const asked = this.client.query<SqlRow>({
      text,
      values: [...values],
      queryMode: 'extended',
    } as pg.QueryConfig);
    const settled = asked.then(
      () => undefined,
      () => undefined,
    );
    const running: Running = { settled, fail };
    this.running = running;
    const timer = setTimeout(() => {
      const seconds = deadlineMs / 1000;
      this.interrupt(new InstanceError('timed-out', `The server did not answer within ${seconds} s.`));
    }, deadlineMs);
    try {
      return (await Promise.race([asked, failed])).rows;
    } catch (error) {
      throw running.stopped?.error ?? statementError(error);
    } finally {
      clearTimeout(timer);
      // A late signal would hit the session's next statement.
      await running.stopped?.done;
      this.running = undefined;
    }
  }

  private interrupt(error: InstanceError): void {
    const { running } = this;
    if (!running) this.cut(error, () => {});
    else running.stopped ??= { error, done: this.stopOnServer(running, error) };
  }

  /** Stops what runs on the server; the session lives on if it stops in time, else the connection is cut. */
  private async stopOnServer(running: Running, error: InstanceError): Promise<void> {
    const { processId, secretKey } = this.key();
    const { host, port } = this.options;
    const cancelled = requestCancel(
      { host, port, tls: this.tlsOptions, processId, secretKey },
      cancelGraceMs,
    );
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), cancelGraceMs);
    });
    const inTime = await Promise.race([Promise.all([running.settled, cancelled]).then(() => true), tooLate]);
    clearTimeout(timer);
    if (!inTime || error.reason === 'cancelled') this.cut(error, running.fail);
  }

  private cut(error: InstanceError, fail: (error: InstanceError) => void): void {
    this.gone ??= error;
    fail(error);
    this.wire.socket.destroy();
  }

  private key(): { processId: number; secretKey: number } {
    const { processID, secretKey } = this.client as unknown as BackendKey;
    return { processId: processID ?? 0, secretKey: secretKey ?? 0 };
  }

  async close(): Promise<void> {
    this.options.signal?.removeEventListener('abort', this.onAbort);
    if (this.gone) {
      this.wire.socket.destroy();
      return;
    }
    this.gone = new InstanceError('dropped', 'This session was closed.');
    // A peer that does not take the goodbye must not hold us.
    const timer = setTimeout(() => this.wire.socket.destroy(), 1_000);
    try {
      await this.client.end();
    } finally {
      clearTimeout(timer);
    }
  }
}
