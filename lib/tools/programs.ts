import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { PlumblineError } from '@/lib/base/errors';
import { runTool } from '@/lib/tools/process';

/** One folder of PostgreSQL's programs and the version that they tell. */
export interface PostgresPrograms {
  /** Like 15. */
  major: number;
  /** Like `15.18`. */
  version: string;
  directory: string;
  /** True when `postgres` and `initdb` are there, not the client programs alone. */
  hasServer: boolean;
}

const searchedFolders = ['/usr/lib/postgresql', '/usr/local/pgsql', '/opt/postgresql'];

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Folders that may hold PostgreSQL's programs, best first: the given ones, PLUMBLINE_PG_BIN (a list separated by
 * `:`), Debian's one per major, PATH. Debian's /usr/bin/pg_dump is a Perl wrapper that picks a version by its own
 * rules, so a folder whose programs are links to it does not count.
 */
export function postgresFolders(extra: string[] = []): string[] {
  const perMajor = searchedFolders.flatMap((folder) => {
    try {
      return readdirSync(folder)
        .sort((a, b) => Number(b) - Number(a))
        .map((name) => (name === 'bin' ? path.join(folder, name) : path.join(folder, name, 'bin')));
    } catch {
      return [];
    }
  });
  const given = (process.env.PLUMBLINE_PG_BIN ?? '').split(':');
  const fromPath = (process.env.PATH ?? '').split(':');
  const folders = [...extra, ...given, ...perMajor, ...fromPath].filter((folder) => folder.startsWith('/'));
  const usable = folders.filter((folder) => {
    const program = path.join(folder, 'pg_dump');
    return isProgram(program) && !realpathSync(program).endsWith('pg_wrapper');
  });
  return [...new Set(usable)];
}

/** Asks each folder's pg_dump for its version; folders that do not answer are left out. Highest major first. */
export async function findPostgresPrograms(extra: string[] = []): Promise<PostgresPrograms[]> {
  const found = await Promise.all(
    postgresFolders(extra).map(async (directory) => {
      const asked = await runTool({
        argv: [path.join(directory, 'pg_dump'), '--version'],
        deadlineMs: 10_000,
      });
      // `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, `… 19beta1`.
      const version = /\(PostgreSQL\) ((\d+)[.\w]*)/.exec(asked.stdout);
      if (!version?.[1] || !version[2]) return undefined;
      const hasServer =
        isProgram(path.join(directory, 'postgres')) && isProgram(path.join(directory, 'initdb'));
      return { major: Number(version[2]), version: version[1], directory, hasServer };
    }),
  );
  return found.filter((programs) => programs !== undefined).sort((a, b) => b.major - a.major);
}

/** The Debian package that holds the programs of a major. */
export function packageOf(major: number, kind: 'server' | 'client'): string {
  return kind === 'server' ? `postgresql-${major}` : `postgresql-client-${major}`;
}

/**
 * The client programs for a server of this major: the same major, else the next newer one, since pg_dump reads
 * servers older than itself and refuses newer ones. Undefined when there is none.
 */
export function clientFor(found: PostgresPrograms[], serverMajor: number): PostgresPrograms | undefined {
  return found.filter((programs) => programs.major >= serverMajor).sort((a, b) => a.major - b.major)[0];
}

/** The server programs of exactly this major, or of the highest one when none is asked for; at least 14. */
export function serverFor(found: PostgresPrograms[], major?: number): PostgresPrograms | undefined {
  return found.find(
    (programs) =>
      programs.hasServer && programs.major >= 14 && (major === undefined || programs.major === major),
  );
}

/** The full path of one program; fails with the name of what is missing. */
export function programPath(programs: PostgresPrograms, name: string): string {
  const file = path.join(programs.directory, name);
  if (isProgram(file)) return file;
  throw new PlumblineError('tool-failed', `${name} of PostgreSQL ${programs.major} is not installed.`, {
    next: `Install the package ${packageOf(programs.major, isServerProgram(name) ? 'server' : 'client')}.`,
  });
}

function isServerProgram(name: string): boolean {
  return ['postgres', 'initdb', 'pg_ctl', 'pg_controldata', 'pg_checksums', 'pg_rewind'].includes(name);
}

/** The first program of this name in PATH or the folders of system programs; undefined when there is none. */
export function findProgram(name: string): string | undefined {
  const folders = [
    ...(process.env.PATH ?? '').split(':'),
    '/usr/local/bin',
    '/usr/bin',
    '/usr/sbin',
    '/sbin',
  ];
  return folders
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => path.join(folder, name))
    .find(isProgram);
}
