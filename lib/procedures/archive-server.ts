import { readFileSync, statSync } from 'node:fs';
import { messageOf } from '@/lib/base/errors';
import type { JsonObject, PlanDraft, Purpose, Session, ToolCall } from '@/lib/engine/define-job';
import { physicalBackupGrants } from '@/lib/engine/grant-scripts';
import type { BackrestOptions } from '@/lib/tools/pgbackrest/argv';
import { toolUserId, toolUserName } from '@/lib/tools/system-user';

/** What pgBackRest and the set-up of archiving must know of a server, as one login sees it. */
export interface ArchiveServer {
  user: string;
  isSuperuser: boolean;
  /** Null where the login may not read all settings. */
  dataDirectory: string | null;
  socketDirectory: string | null;
  port: number;
  archiveMode: string;
  archiveCommand: string;
  /** Where the value comes from: `configuration file`, `command line`, `default` … */
  archiveCommandSource: string;
  /** The last file name of it: `postgresql.auto.conf` after ALTER SYSTEM. */
  archiveCommandFile: string | null;
  archiveLibrary: string;
  archiveTimeoutSeconds: number;
  walLevel: string;
  /** Unix time in seconds. */
  startedAt: number;
  mayReload: boolean;
  mayAlter: boolean;
  mayBackUp: boolean;
  [key: string]: string | number | boolean | null;
}

/** Reads it by pg_settings, which leaves out what the login may not see (manual, 54.24). */
export async function readArchiveServer(session: Session): Promise<ArchiveServer> {
  // Asked here: while a failed run is put away nobody else says it.
  const [asked] = await session.query(`select current_setting('server_version_num')::int as version`);
  const versionNum = Number(asked?.version);
  // ALTER SYSTEM can be granted for one parameter since 15 (manual, GRANT).
  const mayAlter =
    versionNum >= 150_000
      ? `has_parameter_privilege('archive_command', 'alter system') and has_parameter_privilege('archive_mode', 'alter system')`
      : 'false';
  const functions =
    versionNum >= 150_000
      ? ['pg_backup_start(text, boolean)', 'pg_backup_stop(boolean)']
      : ['pg_start_backup(text, boolean, boolean)', 'pg_stop_backup(boolean, boolean)'];
  const needed = [...functions, 'pg_switch_wal()', 'pg_create_restore_point(text)'];
  const setting = (name: string) =>
    `(select setting from pg_catalog.pg_settings where name = '${name}')::text`;
  const [row] = await session.query(
    `select
       current_user::text as "user",
       (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as "isSuperuser",
       ${setting('data_directory')} as "dataDirectory",
       ${setting('unix_socket_directories')} as "socketDirectories",
       ${setting('port')}::int as port,
       ${setting('archive_mode')} as "archiveMode",
       ${setting('archive_command')} as "archiveCommand",
       coalesce(${setting('archive_library')}, '') as "archiveLibrary",
       ${setting('archive_timeout')}::int as "archiveTimeoutSeconds",
       ${setting('wal_level')} as "walLevel",
       (select source from pg_catalog.pg_settings where name = 'archive_command')::text as "archiveCommandSource",
       (select sourcefile from pg_catalog.pg_settings where name = 'archive_command')::text as "sourceFile",
       extract(epoch from pg_catalog.pg_postmaster_start_time())::float8 as "startedAt",
       has_function_privilege('pg_catalog.pg_reload_conf()', 'execute') as "mayReload",
       ${mayAlter} as "mayAlter",
       ${needed.map((name) => `has_function_privilege('pg_catalog.${name}', 'execute')`).join('\n         and ')}
         and pg_has_role('pg_read_all_settings', 'usage') as "mayBackUp"`,
  );
  const { socketDirectories, sourceFile, ...rest } = row ?? {};
  // A name that begins with @ is an abstract socket, which pgBackRest's path cannot name.
  const sockets = String(socketDirectories ?? '').split(',');
  const socketDirectory = sockets.map((one) => one.trim()).find((one) => one.startsWith('/')) ?? null;
  const isSuperuser = rest.isSuperuser === true;
  return {
    ...(rest as unknown as ArchiveServer),
    archiveCommand: String(rest.archiveCommand ?? ''),
    archiveCommandSource: String(rest.archiveCommandSource ?? 'default'),
    archiveCommandFile: typeof sourceFile === 'string' ? (sourceFile.split('/').at(-1) ?? null) : null,
    socketDirectory,
    isSuperuser,
    mayAlter: isSuperuser || rest.mayAlter === true,
    mayBackUp: isSuperuser || rest.mayBackUp === true,
  };
}

/** Where the server's files are: what each command of pgBackRest is told, whatever the file says. */
export type ServerPlace = {
  dataDirectory: string;
  port: number;
  socketDirectory: string;
  user: string;
};

/** The place for commands; undefined when the login did not see it. */
export function placeOf(server: ArchiveServer): ServerPlace | undefined {
  const { dataDirectory, socketDirectory, port, user } = server;
  if (dataDirectory === null || socketDirectory === null) return undefined;
  return { dataDirectory, port, socketDirectory, user };
}

/** The server's place as options: after a failover the file still names the former primary. */
export function serverOptions(place: ServerPlace): BackrestOptions {
  return {
    'pg1-path': place.dataDirectory,
    'pg1-port': place.port,
    'pg1-socket-path': place.socketDirectory,
    'pg1-user': place.user,
  };
}

/** How pgBackRest, which takes no connection string, gets the password of a login. */
export function passfileFor(place: ServerPlace, purpose: Purpose): NonNullable<ToolCall['passfile']> {
  return { purpose, host: place.socketDirectory, port: place.port };
}

type Blocker = PlanDraft['blockers'][number];

/**
 * What speaks against reading this server's files here: it is on another machine, its files belong to another system
 * user, or the login does not say where they are. The server's own postmaster.pid must tell the port and the start
 * that the server told by SQL.
 */
export function placeBlockers(server: ArchiveServer, workerName: string): Blocker[] {
  const place = placeOf(server);
  if (!place) {
    return [
      {
        message: `The login ${server.user} may not see where the server’s files and sockets are.`,
        next: `Run as a superuser: grant pg_read_all_settings to "${server.user.replaceAll('"', '""')}";`,
      },
    ];
  }
  const { dataDirectory } = place;
  let lines: string[];
  try {
    lines = readFileSync(`${dataDirectory}/postmaster.pid`, 'utf8').split('\n');
  } catch (error) {
    return [
      {
        message: `The worker ${workerName} cannot read the server’s files in ${dataDirectory}: ${messageOf(error)}`,
        next: 'Run a worker on the machine of the server, as the system user who owns the files, and name the host in PLUMBLINE_HOSTS.',
      },
    ];
  }
  // Lines 3 and 4: start time and port (src/include/utils/pidfile.h).
  const isSame = Number(lines[3]) === place.port && Math.abs(Number(lines[2]) - server.startedAt) <= 5;
  if (!isSame) {
    return [
      {
        message: `In ${dataDirectory} of the worker ${workerName} another server runs than the one of this instance.`,
        next: 'Run a worker on the machine of the server itself.',
      },
    ];
  }
  const owner = statSync(dataDirectory).uid;
  if (owner === toolUserId()) return [];
  return [
    {
      message: `The server’s files belong to the system user ${owner}, but pgBackRest would run as ${toolUserName() ?? toolUserId()}.`,
      next: 'Run the worker’s tools as the owner of the data directory: PLUMBLINE_TOOL_USER.',
    },
  ];
}

/** What a login needs for backups, as a blocker with the GRANTs. */
export function backupRightsBlockers(server: ArchiveServer, versionNum: number): Blocker[] {
  if (server.mayBackUp) return [];
  return [
    {
      message: `The login ${server.user} may not begin and end a physical backup.`,
      next: `Run as a superuser, in the maintenance database: ${physicalBackupGrants(server.user, Math.floor(versionNum / 10_000)).join(' ')}`,
    },
  ];
}

/** What of it is kept with the stanza: its configuration is written from it. */
export function serverFacts(place: ServerPlace): JsonObject {
  const { port, socketDirectory, user } = place;
  return { server: { port, socketDirectory, user } };
}
