import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { majorPrograms } from '@/lib/testing/majors';
import { scratchBase, scratchDirectory } from '@/lib/testing/scratch';
import { makeOwnedDirectory, removeTree, writeSecretFile } from '@/lib/tools/files';
import { freePort } from '@/lib/tools/ports';
import { addSettings, initCluster, type RunningServer, startServer } from '@/lib/tools/postgres';
import { runToolOrFail } from '@/lib/tools/process';
import { findPostgresPrograms, type PostgresPrograms, programPath, serverFor } from '@/lib/tools/programs';
import { toolUserName } from '@/lib/tools/system-user';

/** Change when the template's content changes: templates outlive a run. */
const templateVersion = 2;

type Settings = Record<string, string | number | boolean>;

export interface TestPostgresOptions {
  /** Major version, 14 to 18, fetched for tests where it is not installed; the highest installed one by default. */
  version?: number;
  /** Settings for postgresql.conf. */
  config?: Settings;
  /** A data directory to copy instead of the plain template (a stopped server's, of this run). */
  template?: string;
}

/** A real server of a test, on loopback and a short socket path, gone with the test process at the latest. */
export interface TestPostgres {
  host: '127.0.0.1';
  port: number;
  socketDir: string;
  dataDir: string;
  superuser: 'postgres';
  password: string;
  programs: PostgresPrograms;
  /** `postgres://postgres:…@127.0.0.1:port/postgres` */
  superuserUrl: string;
  /** A URL for another database, user and password; the superuser's by default. */
  url(database: string, user?: string, password?: string): string;
  pid(): number;
  /** Ends the server and removes its files. */
  stop(): Promise<void>;
  /** Ends the server in order, with a last checkpoint; its files stay for `restart`. */
  shutDown(): Promise<void>;
  /** Ends the server as a crash would; its files stay for `restart`. */
  kill(): Promise<void>;
  /** Stops it (unless it is down) and starts it again on the same port, settings added. */
  restart(config?: Settings): Promise<void>;
  /** Log lines since the start of the process's first server here. */
  log(): string[];
}

/** The installed majors that tests can start, highest first. */
export async function installedServers(): Promise<PostgresPrograms[]> {
  const found = await findPostgresPrograms();
  return found.filter((programs) => programs.hasServer && programs.major >= 14);
}

async function programsFor(version?: number): Promise<PostgresPrograms> {
  if (version !== undefined) return majorPrograms(version);
  const programs = serverFor(await findPostgresPrograms());
  if (!programs) throw new Error('PostgreSQL 14 or newer is not installed');
  return programs;
}

/**
 * The template of a major: an initdb'd data directory and its password, made once per machine. Made under another
 * name and renamed, so that two test processes at once do no harm.
 */
export async function postgresTemplate(version?: number): Promise<{ dataDir: string; password: string }> {
  const programs = await programsFor(version);
  const folder = `${scratchBase()}/template-${programs.version}-${templateVersion}`;
  if (!existsSync(folder)) {
    const partial = `${folder}.${process.pid}.${randomBytes(3).toString('hex')}`;
    const user = toolUserName();
    makeOwnedDirectory(partial, user);
    const password = randomBytes(12).toString('hex');
    await initCluster({ programs, dataDirectory: `${partial}/data`, user, password, noSync: true });
    addSettings(`${partial}/data`, {
      fsync: true,
      synchronous_commit: false,
      full_page_writes: true,
      max_wal_size: '256MB',
      shared_buffers: '32MB',
      max_connections: 60,
      timezone: 'UTC',
      log_line_prefix: '%m [%p] %q%u@%d %a ',
    });
    writeSecretFile(`${partial}/password`, password, user);
    try {
      renameSync(partial, folder);
    } catch {
      // Another test process was first.
      removeTree(partial);
    }
  }
  return { dataDir: `${folder}/data`, password: readFileSync(`${folder}/password`, 'utf8') };
}

/** Starts a PostgreSQL of one's own in about a quarter of a second: a copied template and a free port. */
export async function startPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const programs = await programsFor(options.version);
  const { dataDir: template, password } = await postgresTemplate(options.version);
  const scratch = scratchDirectory('pg');
  const dataDir = `${scratch.path}/data`;
  await copyTree(options.template ?? template, dataDir);
  addSettings(dataDir, options.config ?? {});
  return serve({ programs, dataDir, password, directory: scratch.path, remove: scratch.remove });
}

/**
 * Starts a streaming standby of a running test server by pg_basebackup, with a slot when one is named.
 * `name` is its application_name on the primary. Where the programs have no pg_basebackup (they are fetched for
 * tests), the primary is stopped for a moment and its files are copied: its sessions end.
 */
export async function startStandby(
  primary: TestPostgres,
  options: { name?: string; slot?: string; config?: Settings } = {},
): Promise<TestPostgres> {
  const scratch = scratchDirectory('standby');
  const dataDir = `${scratch.path}/data`;
  const name = options.name ?? 'standby';
  const { programs, password } = primary;
  if (!existsSync(`${programs.directory}/pg_basebackup`)) {
    if (options.slot) throw new Error('a standby with a slot needs pg_basebackup');
    await copyStopped(primary, dataDir, name);
    addSettings(dataDir, { cluster_name: name, ...options.config });
    return serve({ programs, dataDir, password, directory: scratch.path, remove: scratch.remove });
  }
  await runToolOrFail({
    argv: [
      programPath(programs, 'pg_basebackup'),
      `--pgdata=${dataDir}`,
      `--dbname=${primary.superuserUrl}?application_name=${name}`,
      '--checkpoint=fast',
      '--wal-method=stream',
      '--write-recovery-conf',
      '--no-sync',
      ...(options.slot ? ['--create-slot', `--slot=${options.slot}`] : []),
    ],
    user: toolUserName(),
    deadlineMs: 60_000,
  });
  addSettings(dataDir, { cluster_name: name, ...options.config });
  return serve({ programs, dataDir, password, directory: scratch.path, remove: scratch.remove });
}

/** A standby's data directory out of a primary's files. */
async function copyStopped(primary: TestPostgres, dataDir: string, name: string): Promise<void> {
  await primary.shutDown();
  await copyTree(primary.dataDir, dataDir);
  await primary.restart();
  const source = `host=127.0.0.1 port=${primary.port} user=postgres password=${primary.password}`;
  addSettings(dataDir, { primary_conninfo: `${source} application_name=${name}` });
  writeSecretFile(`${dataDir}/standby.signal`, '', toolUserName());
}

async function copyTree(from: string, to: string): Promise<void> {
  await runToolOrFail({ argv: ['cp', '-a', '--reflink=auto', from, to], deadlineMs: 60_000 });
}

interface Served {
  programs: PostgresPrograms;
  dataDir: string;
  password: string;
  directory: string;
  remove(): void;
}

async function serve({ programs, dataDir, password, directory, remove }: Served): Promise<TestPostgres> {
  const lines: string[] = [];
  const start = (port: number) =>
    startServer({
      programs,
      dataDirectory: dataDir,
      socketDirectory: directory,
      port,
      user: toolUserName(),
      onLog: (line) => lines.push(line),
    });
  let server = await startOnFreePort(start);
  const port = server.port;
  const url = (database: string, user = 'postgres', userPassword = password) =>
    `postgres://${encodeURIComponent(user)}:${encodeURIComponent(userPassword)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    host: '127.0.0.1',
    port,
    socketDir: directory,
    dataDir,
    superuser: 'postgres',
    password,
    programs,
    superuserUrl: url('postgres'),
    url,
    pid: () => server.pid,
    log: () => lines,
    stop: async () => {
      await server.stop('immediate');
      remove();
    },
    shutDown: () => server.stop('fast'),
    kill: () => server.kill(),
    restart: async (config = {}) => {
      await server.stop('fast');
      addSettings(dataDir, config);
      server = await start(port);
    },
  };
}

/** A free port may be taken between the look and the start; then the next one is tried. */
async function startOnFreePort(start: (port: number) => Promise<RunningServer>): Promise<RunningServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('Address already in use');
      if (!taken || attempt >= 5) throw error;
    }
  }
}
