import { existsSync } from 'node:fs';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import { installCommand, installPackages } from '@/lib/local/debian';
import type { Progress } from '@/lib/local/progress';
import { pgbackrestProgram } from '@/lib/tools/pgbackrest/argv';
import { findPostgresPrograms, findProgram, type PostgresPrograms, serverFor } from '@/lib/tools/programs';

export interface Prerequisites {
  postgres: PostgresPrograms;
  redisServer: string;
}

interface Missing {
  packages: string[];
  services: string[];
}

async function look(
  needsRedis: boolean,
  needsPooler: boolean,
): Promise<{ postgres?: PostgresPrograms; redis?: string; missing: Missing }> {
  const postgres = serverFor(await findPostgresPrograms());
  const redis = findProgram('redis-server');
  const missing: Missing = { packages: [], services: [] };
  if (!postgres) missing.packages.push('postgresql');
  if (needsRedis && !redis) {
    missing.packages.push('redis-server');
    missing.services.push('redis-server');
  }
  if (needsPooler && !findProgram('pgbouncer')) {
    missing.packages.push('pgbouncer');
    missing.services.push('pgbouncer');
  }
  return { postgres, redis, missing };
}

/** What was asked for first, then what it needs, in lines of some 100 characters. */
export function installedLines(installed: string[], asked: string[]): string[] {
  const isAsked = (name: string) => asked.includes(name.split(' ')[0] ?? '');
  const lines = [`installed ${installed.filter(isAsked).join(', ')}`];
  let line = '';
  for (const name of installed.filter((each) => !isAsked(each))) {
    if (line && line.length + name.length > 100) {
      lines.push(`${line},`);
      line = '';
    }
    line = line ? `${line}, ${name}` : lines.length === 1 ? `with ${name}` : `     ${name}`;
  }
  return line ? [...lines, line] : lines;
}

/** Server extensions that prove advice: file of the library → end of Debian's package name. */
const extensions = { 'hypopg.so': 'hypopg' };

interface Addition {
  package: string;
  /** What the console does not do without it. */
  without: string;
}

/** Debian's packages that prove more: extensions this server lacks (where the server is Debian's), pgBackRest. */
function missingAdditions({ directory, major }: PostgresPrograms): Addition[] {
  const isDebian = directory === `/usr/lib/postgresql/${major}/bin`;
  const missing = Object.entries(extensions)
    .filter(([file]) => isDebian && !existsSync(`/usr/lib/postgresql/${major}/lib/${file}`))
    .map(([, name]) => ({
      package: `postgresql-${major}-${name}`,
      without: 'advised indexes are not proven',
    }));
  if (findProgram(pgbackrestProgram)) return missing;
  return [...missing, { package: pgbackrestProgram, without: 'there are no physical backups' }];
}

/** Tests need them all; without them a console only proves less, so there it is a note. */
async function addAdditions(
  postgres: PostgresPrograms,
  progress: Progress,
  areNeeded: boolean,
): Promise<void> {
  const additions = missingAdditions(postgres);
  if (additions.length === 0) return;
  const packages = additions.map((addition) => addition.package);
  const without = additions.map((one) => `Without ${one.package} ${one.without}.`).join(' ');
  if (process.getuid?.() !== 0) {
    const next = `Run this and start again:\n\n    ${installCommand(packages)}\n`;
    if (areNeeded)
      throw new PlumblineError('not-supported', `Not installed: ${packages.join(', ')}.`, { next });
    progress.note(`${without} To install: ${installCommand(packages)}`);
    return;
  }
  progress.note(`installing ${packages.join(', ')} from Debian (no service is started)`);
  try {
    for (const line of installedLines(await installPackages(packages), packages)) progress.note(line);
  } catch (error) {
    if (areNeeded) throw error;
    progress.note(`${messageOf(error)} ${without}`);
  }
}

/**
 * Finds PostgreSQL 14 or newer (server and client) and Redis; for tests a PgBouncer, the extensions and pgBackRest too. As root it
 * installs what is missing from Debian and says what; otherwise it fails with the one command that would.
 */
export async function findPrerequisites(
  progress: Progress,
  needsRedis: boolean,
  forTests = false,
): Promise<Prerequisites> {
  let found = await look(needsRedis, forTests);
  if (found.missing.packages.length > 0) {
    if (process.getuid?.() !== 0) {
      throw new PlumblineError('not-supported', `Not installed: ${found.missing.packages.join(', ')}.`, {
        next: `Run this and start again:\n\n    ${installCommand(found.missing.packages)}\n`,
      });
    }
    progress.note(`installing ${found.missing.packages.join(', ')} from Debian (no service is started)`);
    const installed = await installPackages(found.missing.packages, found.missing.services);
    for (const line of installedLines(installed, found.missing.packages)) progress.note(line);
    found = await look(needsRedis, forTests);
  }
  if (!found.postgres || (needsRedis && !found.redis)) {
    throw new PlumblineError(
      'not-supported',
      'PostgreSQL 14 or newer or Redis was not found after installation.',
      {
        next: 'Set PLUMBLINE_PG_BIN to the folder of PostgreSQL’s programs.',
      },
    );
  }
  await addAdditions(found.postgres, progress, forTests);
  progress.note(`PostgreSQL ${found.postgres.version} in ${found.postgres.directory}`);
  if (found.redis && needsRedis) progress.note(`Redis: ${found.redis}`);
  return { postgres: found.postgres, redisServer: found.redis ?? '' };
}
