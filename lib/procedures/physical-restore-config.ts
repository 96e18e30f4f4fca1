import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { BackupSet } from '@/lib/procedures/physical-restore-set';
import { type RecoveryTarget, targetSettings } from '@/lib/procedures/recovery-target';
import { giveTo, makeOwnedDirectory, removeTree, writeSecretFile } from '@/lib/tools/files';
import { type BackrestPlace, backrestArgs } from '@/lib/tools/pgbackrest/argv';
import { settingLine } from '@/lib/tools/postgres';

/** Where everything of a restored server is: all of it below one directory that the console made and marked. */
export interface RestoreLayout {
  directory: string;
  data: string;
  tablespaces: string;
  socketDir: string;
  /** Configuration files that came with the backup; never read by the copy. */
  restoredConfig: string;
  logFile: string;
}

export function restoreLayout(directory: string): RestoreLayout {
  return {
    directory,
    data: `${directory}/data`,
    tablespaces: `${directory}/ts`,
    socketDir: `${directory}/s`,
    restoredConfig: `${directory}/restored`,
    logFile: `${directory}/server.log`,
  };
}

/** Makes the directories of a restore afresh: what an earlier try has left in them is removed. */
export function makeRestoreLayout(
  directory: string,
  set: BackupSet,
  user: string | undefined,
): RestoreLayout {
  const layout = restoreLayout(directory);
  for (const part of [
    layout.data,
    layout.tablespaces,
    layout.socketDir,
    layout.restoredConfig,
    layout.logFile,
  ]) {
    removeTree(part);
  }
  makeOwnedDirectory(directory, user);
  for (const part of [layout.data, layout.tablespaces, layout.socketDir]) makeOwnedDirectory(part, user);
  for (const { oid } of set.tablespaces) makeOwnedDirectory(`${layout.tablespaces}/${oid}`, user);
  mkdirSync(layout.restoredConfig, { recursive: true, mode: 0o700 });
  giveTo(layout.restoredConfig, user);
  return layout;
}

/** A word of a shell line; restore_command is one (manual: 20.5.5). `%` is doubled: it begins a placeholder there. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''").replaceAll('%', '%%')}'`;
}

/**
 * The command by which a copy fetches WAL: read only, one segment at a time, with the same configuration file. Never
 * the asynchronous way, whose spool may be the source's own.
 */
export function fetchCommand(
  program: string,
  place: BackrestPlace,
  repository: number,
  data: string,
): string {
  const args = backrestArgs('archive-get', place, {
    repo: repository,
    'pg1-path': data,
    'archive-async': false,
    'log-level-console': 'warn',
  });
  return `${[program, ...args].map(shellWord).join(' ')} %f "%p"`;
}

export interface OwnConfig {
  layout: RestoreLayout;
  major: number;
  /** Shown by the server in its processes' titles: nobody takes it for the source. */
  name: string;
  fetchCommand: string;
  target: RecoveryTarget;
  timeline: number;
  action: 'pause' | 'promote';
  minimums: Record<string, number>;
  user: string | undefined;
}

/** Defaults of PostgreSQL for what must not be lower than on the source. */
const atLeast: Record<string, number> = {
  max_connections: 60,
  max_worker_processes: 8,
  max_wal_senders: 0,
  max_prepared_transactions: 0,
  max_locks_per_transaction: 64,
};

/** Given on the command line too: over files, and over what `ALTER SYSTEM` in the copy would write. */
export const isolationArguments: Record<string, string> = {
  archive_mode: 'off',
  listen_addresses: '',
  max_logical_replication_workers: '0',
  shared_preload_libraries: '',
};

/** All settings of a copy. It reads no file that came with the backup, so nothing of the source runs or connects in it. */
export function copySettings(config: Omit<OwnConfig, 'layout' | 'user'>): Record<string, string> {
  const minimums = Object.fromEntries(
    Object.entries(atLeast).map(([name, least]) => [
      name,
      String(Math.max(least, config.minimums[name] ?? 0)),
    ]),
  );
  return {
    ...isolationArguments,
    cluster_name: config.name,
    unix_socket_permissions: '0700',
    archive_command: '',
    ...(config.major >= 15 && { archive_library: '' }),
    ...(config.major >= 17 && { event_triggers: 'off' }),
    wal_level: 'replica',
    session_preload_libraries: '',
    local_preload_libraries: '',
    primary_conninfo: '',
    primary_slot_name: '',
    synchronous_standby_names: '',
    autovacuum: 'off',
    restart_after_crash: 'off',
    ssl: 'off',
    jit: 'off',
    huge_pages: 'off',
    shared_buffers: '128MB',
    maintenance_work_mem: '128MB',
    max_wal_size: '4GB',
    ...minimums,
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_line_prefix: '%m [%p] ',
    // A copy that is promoted need not be read before: then a lower setting than the source's stops nothing.
    hot_standby: config.action === 'pause' ? 'on' : 'off',
    restore_command: config.fetchCommand,
    recovery_target_timeline: String(config.timeline),
    recovery_target_action: config.action,
    ...targetSettings(config.target),
  };
}

const restoredFiles = ['postgresql.conf', 'postgresql.auto.conf', 'pg_hba.conf', 'pg_ident.conf'];

/** Writes the copy's own configuration; what came with the backup is set aside once, for people to compare. */
export function writeOwnConfig(config: OwnConfig): void {
  const { layout, user } = config;
  for (const file of restoredFiles) {
    const from = path.join(layout.data, file);
    const aside = path.join(layout.restoredConfig, file);
    if (existsSync(from) && existsSync(layout.restoredConfig) && !existsSync(aside)) renameSync(from, aside);
  }
  const lines = Object.entries(copySettings(config)).map(([name, value]) => settingLine(name, value));
  const write = (file: string, text: string) => writeSecretFile(path.join(layout.data, file), text, user);
  write('postgresql.conf', `# Of a copy that the console restored.\n${lines.join('\n')}\n`);
  // Everything is in the file above: pgBackRest's own lines here would be added to it.
  write('postgresql.auto.conf', '');
  write('pg_hba.conf', 'local all all trust\n');
  write('pg_ident.conf', '');
  for (const leftover of ['standby.signal', 'postmaster.pid', 'postmaster.opts']) {
    rmSync(path.join(layout.data, leftover), { force: true });
  }
}
