import { Client, escapeIdentifier, escapeLiteral } from 'pg';

/** One connection to a server that the local start made itself. */
export interface LocalSession {
  /** Runs one or more statements without parameters; the rows of the last one. */
  run(sql: string): Promise<Record<string, unknown>[]>;
}

export function loopbackUrl(port: number, user: string, password: string, database: string): string {
  return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** Connects (within 10 s), hands the session on and closes it whatever happens. */
export async function withSession<T>(url: string, use: (session: LocalSession) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: 'plumbline-start',
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    return await use({
      run: async (sql) => {
        const result = await client.query(sql);
        return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? [];
      },
    });
  } finally {
    await client.end();
  }
}

/** A login role with this password and these attributes; made or, at a later start, set again. */
export async function ensureRole(
  session: LocalSession,
  name: string,
  password: string,
  attributes = '',
): Promise<void> {
  const found = await session.run(`select 1 from pg_roles where rolname = ${escapeLiteral(name)}`);
  const verb = found.length > 0 ? 'alter' : 'create';
  await session.run(
    `${verb} role ${escapeIdentifier(name)} login ${attributes} password ${escapeLiteral(password)}`,
  );
}

/** A database of this owner. True when it was made now. */
export async function ensureDatabase(session: LocalSession, name: string, owner: string): Promise<boolean> {
  const found = await session.run(`select 1 from pg_database where datname = ${escapeLiteral(name)}`);
  if (found.length > 0) return false;
  await session.run(`create database ${escapeIdentifier(name)} owner ${escapeIdentifier(owner)}`);
  return true;
}
