import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { postgresTemplate, startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { scratchBase } from '@/lib/testing/scratch';
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

/** A folder name that changes with any migration; in a bundle, which has them inside, with the bundle. */
function migrationsHash(): string {
  const folder = fileURLToPath(new URL('../../migrations', import.meta.url));
  const files = existsSync(`${folder}/all.ts`)
    ? readdirSync(folder).map((name) => `${folder}/${name}`)
    : [fileURLToPath(import.meta.url)];
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(path.basename(file)).update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

/**
 * The data directory of a stopped server that has the migrated template database: made once per machine and set of
 * migrations, under another name until it is whole.
 */
async function consoleTemplate(): Promise<string> {
  const { dataDir: plain } = await postgresTemplate();
  const folder = `${scratchBase()}/console-${path.basename(path.dirname(plain))}-${migrationsHash()}`;
  if (existsSync(folder)) return folder;
  const server = await startPostgres({ config: { max_connections: 100 } });
  await asSuperuser(server, [
    `create role plumbline_owner login createrole createdb password '${passwords.ownerPassword}'`,
    `create database ${templateName} owner plumbline_owner`,
  ]);
  await migrate(server.url(templateName, 'plumbline_owner', passwords.ownerPassword), passwords);
  await server.shutDown();
  try {
    renameSync(server.dataDir, folder);
  } catch {
    // Another test process was first.
  }
  await server.stop();
  return folder;
}

async function startConsoleServer(): Promise<TestPostgres> {
  return startPostgres({ template: await consoleTemplate() });
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
