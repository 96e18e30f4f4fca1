import type { Session } from '@/lib/engine/define-job';
import { connectInstance } from '@/lib/instance/connect';
import type { TestPostgres } from '@/lib/testing/postgres';

/** A superuser's session of a test server, names looked up in `public` as an application would. */
export async function openAsSuperuser(server: TestPostgres, database: string): Promise<Session> {
  const session = await connectInstance({
    host: server.host,
    port: server.port,
    database,
    tlsMode: 'disable',
    user: server.superuser,
    password: server.password,
    applicationName: 'test',
  });
  await session.query('set search_path = public');
  return session;
}

/** Runs statements one by one, as the superuser. */
export async function runSql(
  server: TestPostgres,
  database: string,
  statements: readonly string[],
): Promise<void> {
  const session = await openAsSuperuser(server, database);
  try {
    for (const statement of statements) await session.query(statement);
  } finally {
    await session.close();
  }
}
