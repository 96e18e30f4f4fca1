import type { Session } from '@/lib/engine/define-job';

export interface TransactionOptions {
  readOnly: boolean;
  statementTimeoutMs: number;
  lockTimeoutMs: number;
}

/** A session inside a transaction that `withTransaction` has begun. */
export interface TransactionSession extends Session {
  /** The server's clock when the transaction began, in epoch seconds. */
  readonly serverEpoch: number;
}

/** How much longer than the server we wait, so that the server's own word comes first. */
const graceMs = 2_000;

const turns = new WeakMap<Session, Promise<unknown>>();

/**
 * Waits until the transactions that were begun on this session before are over, and keeps others out meanwhile: who
 * shares a connection does not get into somebody else's transaction.
 */
export function takeTurn<T>(session: Session, fn: () => Promise<T>): Promise<T> {
  const turn = (turns.get(session) ?? Promise.resolve()).then(fn);
  turns.set(
    session,
    turn.catch(() => {}),
  );
  return turn;
}

/**
 * Runs `fn` in one transaction, read committed, with the server's own timeouts. All settings are local to the
 * transaction: poolers refuse them at start and would hand them on to others. Names are looked up in pg_catalog
 * only, and once this is set a read-only transaction cannot be made to write any more (manual: SET TRANSACTION).
 */
export function withTransaction<T>(
  session: Session,
  options: TransactionOptions,
  fn: (session: TransactionSession) => Promise<T>,
): Promise<T> {
  return takeTurn(session, () => inTransaction(session, options, fn));
}

async function inTransaction<T>(
  session: Session,
  { readOnly, statementTimeoutMs, lockTimeoutMs }: TransactionOptions,
  fn: (session: TransactionSession) => Promise<T>,
): Promise<T> {
  const deadlineMs = statementTimeoutMs + graceMs;
  await session.query(readOnly ? 'begin read only' : 'begin', [], { deadlineMs });
  try {
    const [begun] = await session.query(
      `select extract(epoch from pg_catalog.clock_timestamp())::float8 as epoch,
         pg_catalog.set_config('statement_timeout', $1, true),
         pg_catalog.set_config('lock_timeout', $2, true),
         pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true),
         pg_catalog.set_config('TimeZone', 'UTC', true),
         pg_catalog.set_config('DateStyle', 'ISO', true),
         pg_catalog.set_config('jit', 'off', true)`,
      [`${Math.max(1, Math.ceil(statementTimeoutMs))}ms`, `${Math.max(1, Math.ceil(lockTimeoutMs))}ms`],
      { deadlineMs },
    );
    const inner: TransactionSession = {
      serverEpoch: Number(begun?.epoch),
      backendPid: session.backendPid,
      query: (text, values, options) => session.query(text, values, { deadlineMs, ...options }),
      close: () => session.close(),
    };
    const result = await fn(inner);
    await session.query('commit', [], { deadlineMs });
    return result;
  } catch (error) {
    // The first error is the one to tell; a session that is gone has rolled back by itself.
    await session.query('rollback', [], { deadlineMs }).catch(() => {});
    throw error;
  }
}
