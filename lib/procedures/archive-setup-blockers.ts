import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { PlanDraft, StanzaRecord } from '@/lib/engine/define-job';
import type { ArchiveServer } from '@/lib/procedures/archive-server';
import type { SetupParams } from '@/lib/procedures/archive-setup-plan';
import { hasCommand, shownCommand } from '@/lib/procedures/archive-setup-sql';
import { isAtLeast } from '@/lib/tools/pgbackrest/argv';
import { toolUserId } from '@/lib/tools/system-user';

type Blockers = PlanDraft['blockers'];

/** The first pgBackRest that knows a server major (pgbackrest.org/release.html). */
const supportedSince: Record<number, string> = { 15: '2.41', 16: '2.48', 17: '2.54', 18: '2.56' };

export function stanzaBlockers(stanza: StanzaRecord | undefined): Blockers {
  const next = 'Say where backups go, on the set-up page of the cluster’s recovery.';
  if (!stanza) return [{ message: 'No repository was chosen for this cluster yet.', next }];
  if (stanza.configPath !== null) {
    return [
      {
        message: `The stanza ${stanza.name} was adopted: its configuration is somebody else’s.`,
        next: 'Leave archiving to its owner, or set up another stanza.',
      },
    ];
  }
  if (stanza.repositories.length === 0) return [{ message: 'The stanza has no repository.', next }];
  return [];
}

export function versionBlockers(version: string | undefined, versionNum: number): Blockers {
  const major = Math.floor(versionNum / 10_000);
  const least = supportedSince[major];
  if (version === undefined || least === undefined || isAtLeast(version, least)) return [];
  return [
    {
      message: `pgBackRest ${version} does not know PostgreSQL ${major}.`,
      next: `Install pgBackRest ${least} or newer, from apt.postgresql.org: package pgbackrest.`,
    },
  ];
}

export function rightsBlockers(server: ArchiveServer, params: SetupParams): Blockers {
  const parameters = [
    'archive_command',
    ...(params.setsMode ? ['archive_mode'] : []),
    ...(params.archiveTimeoutSeconds === null ? [] : ['archive_timeout']),
  ];
  const role = `"${server.user.replaceAll('"', '""')}"`;
  const grants = [
    ...(server.mayAlter ? [] : [`grant alter system on parameter ${parameters.join(', ')} to ${role};`]),
    ...(server.mayReload ? [] : [`grant execute on function pg_catalog.pg_reload_conf() to ${role};`]),
  ];
  if (grants.length === 0) return [];
  return [
    {
      message: `The operate login ${server.user} may not change how the server archives.`,
      next: `Run as a superuser (PostgreSQL 15 and newer; before, the login must be a superuser): ${grants.join(' ')}`,
    },
  ];
}

export function settingBlockers(server: ArchiveServer, { archiveCommand }: SetupParams): Blockers {
  const blockers: Blockers = [];
  if (
    ['command line', 'environment variable'].includes(server.archiveCommandSource) &&
    server.archiveCommand !== archiveCommand
  ) {
    blockers.push({
      message: 'archive_command is given on the server’s command line: ALTER SYSTEM would have no effect.',
      next: 'Take it away from the server’s start and restart it, then plan again.',
    });
  }
  if (server.archiveLibrary !== '') {
    blockers.push({
      message: `WAL is archived by the library ${server.archiveLibrary}, and a command beside it is an error.`,
      next: 'Decide which of the two archives, and reset archive_library first.',
    });
  }
  if (server.walLevel === 'minimal') {
    blockers.push({
      message: 'wal_level is minimal: such WAL cannot restore anything.',
      next: 'Set wal_level to replica and restart the server.',
    });
  }
  return blockers;
}

/** A repository in the data directory would back itself up; and paths stand in a shell line of the server. */
export function pathBlockers(params: SetupParams): Blockers {
  const blockers: Blockers = [];
  if (!/^[\w./-]*$/.test(params.configFile)) {
    blockers.push({
      message: `The path ${params.configFile} cannot stand in archive_command.`,
      next: 'Choose PLUMBLINE_PGBACKREST_DIR without blanks and signs.',
    });
  }
  for (const place of params.repositoryPaths) {
    const inside = !path.relative(params.server.dataDirectory, place).startsWith('..');
    if (params.server.dataDirectory && inside) {
      blockers.push({
        message: `The repository ${place} lies in the data directory.`,
        next: 'Choose a folder elsewhere, best on another disk.',
      });
    }
    blockers.push(...folderBlockers(place));
  }
  return blockers;
}

/** A folder that is there is used as it is: it must be the repository's owner's already, and nobody else's files in it. */
function folderBlockers(place: string): Blockers {
  if (!existsSync(place)) return [];
  const next =
    'Name a folder that does not exist yet: it is made. Or give this one to the owner of the data directory.';
  const facts = statSync(place);
  if (!facts.isDirectory()) return [{ message: `${place} is no folder.`, next }];
  if (facts.uid !== toolUserId()) return [{ message: `The folder ${place} belongs to another user.`, next }];
  const names = readdirSync(place);
  const isRepository = names.length === 0 || names.includes('archive') || names.includes('backup');
  return isRepository
    ? []
    : [{ message: `In the folder ${place} there is something else than a repository.`, next }];
}

/** `rpoSeconds`: the cluster’s objective of how much may be lost. */
export function setupWarnings(server: ArchiveServer, params: SetupParams, rpoSeconds = 300): string[] {
  const said: string[] = [];
  if (hasCommand(server.archiveCommand) && server.archiveCommand !== params.archiveCommand) {
    said.push(
      `archive_command is “${shownCommand(server.archiveCommand)}” now. It is replaced and kept for undo; what it archived so far is not taken over, and nothing goes there any more.`,
    );
  }
  if (params.setsMode) {
    said.push(
      'archive_mode is off. It is set, and takes effect when the server is restarted: restart it, then run this again for the check.',
    );
  }
  const timeout = params.archiveTimeoutSeconds ?? server.archiveTimeoutSeconds;
  if (timeout === 0)
    said.push(
      'archive_timeout is 0: on a quiet server the last changes are not archived for hours. Set it below the RPO.',
    );
  else if (timeout > rpoSeconds)
    said.push(
      `archive_timeout is ${timeout} s: up to that much is lost with the server. Set it below the objective (RPO), which is ${rpoSeconds} s.`,
    );
  const device = (file: string): number | undefined => {
    let at = file;
    while (at !== '/' && !existsSync(at)) at = path.dirname(at);
    return existsSync(at) ? statSync(at).dev : undefined;
  };
  const data = params.server.dataDirectory ? device(params.server.dataDirectory) : undefined;
  if (params.repositoryPaths.some((place) => data !== undefined && device(place) === data)) {
    said.push('A repository is on the same disk as the data: it is lost with it. Add one elsewhere.');
  }
  return said;
}
