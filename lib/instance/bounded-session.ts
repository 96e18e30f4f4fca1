import type { ConnectionOptions } from 'node:tls';
import type pg from 'pg';
import type { QueryOptions, Session, SqlRow } from '@/lib/engine/define-job';
import { requestCancel } from '@/lib/instance/cancel-request';
import { InstanceError, statementError } from '@/lib/instance/instance-error';
import type { BoundedConnection } from '@/lib/instance/wire';

export interface InstanceSession extends Session {
  readonly serverVersionNum: number;
  readonly tls: boolean;
  readonly database: string;
  /** A pooler stands between: nothing may be set for the session, since others get it next. */
  readonly pooled: boolean;
  /** False once the connection is gone. */
  isOpen(): boolean;
}

/** The part of the connect options that a session goes on needing. */
export interface SessionOptions {
  host: string;
  port: number;
  database: string;
  maxAnswerBytes?: number;
  signal?: AbortSignal;
}

const defaultDeadlineMs = 30_000;
/** How long a cancelled statement may take to end before the connection is cut. */
const cancelGraceMs = 2_000;

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

/** A session whose statements each have a deadline and a cap, one after the other. `connectInstance` makes it. */
export class BoundedSession implements InstanceSession {
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
    private readonly options: SessionOptions,
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

  query(text: string, values: readonly unknown[] = [], options: QueryOptions = {}): Promise<SqlRow[]> {
    const turn = this.tail.then(() => this.run(text, values, options));
    this.tail = turn.catch(() => {});
    return turn;
  }

  private async run(text: string, values: readonly unknown[], options: QueryOptions): Promise<SqlRow[]> {
    if (this.gone) throw this.gone;
    const deadlineMs = options.deadlineMs ?? defaultDeadlineMs;
    let fail: (error: InstanceError) => void = () => {};
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    failed.catch(() => {});
    this.wire.allow(this.options.maxAnswerBytes ?? 16 * 1024 * 1024, (error) => this.cut(error, fail));
    const asked = this.client.query<SqlRow>(
      options.simple ? { text } : ({ text, values: [...values], queryMode: 'extended' } as pg.QueryConfig),
    );
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
