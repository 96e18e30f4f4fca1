import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { migrate } from '@/migrations/migrate';

/** A fresh migrated database of the console, with one URL per role as the processes have them. */
export interface ConsoleDatabase {
  ownerUrl: string;
  webUrl: string;
  workerUrl: string;
  /** The server that it lives on; shared by all console databases of this test process. */
  server: TestPostgres;
  drop(): Promise<void>;
}

const passwords = {
  ownerPassword: 'owner-password',
  webPassword: 'web-password',
  workerPassword: 'worker-password',
};
const templateName = 'console_template';

let shared: Promise<TestPostgres> | undefined;

/** Runs statements as the superuser, each on its own: `create database` refuses a transaction. */
async function asSuperuser(server: TestPostgres, statements: string[]): Promise<void> {
  const client = new Client({ connectionString: server.superuserUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function startConsoleServer(): Promise<TestPostgres> {
  const server = await startPostgres({ config: { max_connections: 100 } });
  await asSuperuser(server, [
    `create role plumbline_owner login createrole createdb password '${passwords.ownerPassword}'`,
    `create database ${templateName} owner plumbline_owner`,
  ]);
  await migrate(server.url(templateName, 'plumbline_owner', passwords.ownerPassword), passwords);
  return server;
}

/**
 * Makes a database by copying the migrated template: some 50 ms after the first. The server is started with the
 * first one and ends with the test process.
 */
export async function consoleDatabase(): Promise<ConsoleDatabase> {
  shared ??= startConsoleServer();
  const server = await shared;
  const name = `console_${randomBytes(5).toString('hex')}`;
  await asSuperuser(server, [`create database ${name} template ${templateName} owner plumbline_owner`]);
  return {
    ownerUrl: server.url(name, 'plumbline_owner', passwords.ownerPassword),
    webUrl: server.url(name, 'plumbline_web', passwords.webPassword),
    workerUrl: server.url(name, 'plumbline_worker', passwords.workerPassword),
    server,
    drop: () => asSuperuser(server, [`drop database if exists ${name} with (force)`]),
  };
}
