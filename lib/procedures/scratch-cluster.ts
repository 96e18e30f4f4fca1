import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { PlumblineError } from '@/lib/base/errors';
import type { ScratchCluster, Session } from '@/lib/engine/define-job';
import { connectInstance } from '@/lib/instance/connect';
import { giveTo, makeOwnedDirectory, removeTree } from '@/lib/tools/files';
import { addSettings, initCluster, startServer } from '@/lib/tools/postgres';
import { findPostgresPrograms, packageOf, serverFor } from '@/lib/tools/programs';

export interface ScratchClusterOptions {
  /** A directory of this run alone; `data`, `s` (the socket) and `server.log` are made in it. */
  dir: string;
  major: number;
  settings?: Record<string, string>;
  /** System user for the server's processes; needed when we are root. */
  user: string | undefined;
  /** Ends the server and every session of it. */
  signal: AbortSignal;
  log(level: 'info' | 'warn' | 'error', text: string): void;
  /** application_name of our sessions. */
  applicationName?: string;
}

/** Nobody else listens in this socket's folder, so the number is free to choose. */
const socketPort = 5432;
/** Not `postgres`: a dump may well hold a role of that name, which must be made as the dump says. */
const scratchUser = 'plumbline_scratch';

/**
 * What makes a scratch server fast, and unable to reach or serve anybody: no TCP, no archiving, no replication, no
 * jobs, no libraries loaded at start. Durability is off because nothing in it must outlive the run.
 */
const isolation: Record<string, string> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  cluster_name: 'drill',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  archive_mode: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_replication_slots: '0',
  max_logical_replication_workers: '0',
  shared_preload_libraries: '',
  session_preload_libraries: '',
  local_preload_libraries: '',
  autovacuum: 'off',
  restart_after_crash: 'off',
  logging_collector: 'off',
  ssl: 'off',
  max_connections: '40',
  max_wal_size: '4GB',
  checkpoint_timeout: '1h',
  shared_buffers: '128MB',
  maintenance_work_mem: '128MB',
  timezone: 'UTC',
  lc_messages: 'C',
};

/** The server programs of exactly this major, or why there are none and which package brings them. */
export async function scratchPrograms(major: number) {
  const programs = serverFor(await findPostgresPrograms(), major);
  if (programs) return programs;
  throw new PlumblineError('tool-failed', `PostgreSQL ${major} is not installed on this worker.`, {
    next: `Install Debian’s package ${packageOf(major, 'server')} on it; its own cluster is not needed.`,
  });
}

/**
 * Makes and starts an empty server that only this worker can reach: a Unix socket in a folder that nobody else may
 * enter, trust on it, no TCP. `stop` ends it and removes what it made; calling it again does nothing.
 *
 * @throws PlumblineError `tool-failed` when it cannot be made or started, `cancelled` when the signal fired.
 */
export async function startScratchCluster(options: ScratchClusterOptions): Promise<ScratchCluster> {
  const { dir, user, signal } = options;
  const programs = await scratchPrograms(options.major);
  const dataDirectory = `${dir}/data`;
  const socketDir = `${dir}/s`;
  const logFile = `${dir}/server.log`;
  makeOwnedDirectory(dir, user);
  makeOwnedDirectory(socketDir, user);
  const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  const sessions = new Set<Session>();
  const removeFiles = () => [dataDirectory, socketDir].forEach(removeTree);
  try {
    const password = randomBytes(16).toString('hex');
    await initCluster({ programs, dataDirectory, user, superuser: scratchUser, password, noSync: true });
    signal.throwIfAborted();
    await writeFile(`${dataDirectory}/pg_hba.conf`, 'local all all trust\n', { mode: 0o600 });
    giveTo(`${dataDirectory}/pg_hba.conf`, user);
    addSettings(dataDirectory, { ...isolation, ...options.settings });
    const server = await startServer({
      programs,
      dataDirectory,
      socketDirectory: socketDir,
      port: socketPort,
      listen: '',
      user,
      onLog: (line) => log.write(`${line}\n`),
      signal,
    });
    options.log('info', `Scratch server of PostgreSQL ${programs.version} runs as process ${server.pid}.`);
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      for (const session of sessions) await session.close().catch(() => {});
      await server.stop('immediate');
      log.end();
      removeFiles();
      options.log('info', 'Scratch server stopped, its files removed.');
    };
    server.exited.then(() => {
      if (!stopped) options.log('warn', `The scratch server ended by itself; see ${logFile}.`);
    });
    return {
      major: programs.major,
      socketDir,
      port: socketPort,
      user: scratchUser,
      connect: async (database = 'postgres') => {
        const session = await connectInstance({
          host: socketDir,
          port: socketPort,
          database,
          tlsMode: 'disable',
          user: scratchUser,
          password: '',
          applicationName: options.applicationName ?? 'plumbline drill',
          signal,
        });
        sessions.add(session);
        return session;
      },
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    log.end();
    removeFiles();
    if (signal.aborted)
      throw new PlumblineError('cancelled', 'The scratch server was cancelled.', { cause: error });
    throw error;
  }
}
