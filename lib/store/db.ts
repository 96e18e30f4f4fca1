import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database } from '@/lib/store/schema';

export type Store = Kysely<Database>;

export interface StoreOptions {
  applicationName: string;
  /** Connections at most; 10 unless said. */
  max?: number;
  /** Called when an idle connection breaks (our database restarted): the pool makes a new one by itself. */
  onError?: (error: Error) => void;
}

/** PostgreSQL's text of a timestamptz in UTC as ISO 8601, microseconds kept (a Date would cut them). */
export function isoFromTimestamp(text: string): string {
  return text.replace(' ', 'T').replace(/\+00(:00)?$/, 'Z');
}

const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, isoFromTimestamp);
// Counts and byte sizes of our own tables: exact below 2^53, which is 8 PiB.
types.setTypeParser(pg.types.builtins.INT8, Number);

/**
 * Opens the console's own database. Sessions are in UTC; a connection is refused after 5 s.
 * `close` waits for queries that run.
 */
export function openStore(
  url: string,
  options: StoreOptions,
): { db: Store; pool: pg.Pool; close(): Promise<void> } {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.applicationName,
    max: options.max ?? 10,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    options: '-c timezone=UTC -c datestyle=ISO',
    types,
  });
  pool.on('error', (error) => options.onError?.(error));
  // The pool listens to idle connections only: one that breaks between two statements of a transaction would end the
  // process by an event that nobody heard. The next statement on it fails, and says so.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  return { db, pool, close: () => db.destroy() };
}
