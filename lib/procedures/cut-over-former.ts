import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { LastKnown } from '@/lib/engine/define-job';
import { serverOptions } from '@/lib/procedures/cluster-restore-config';
import { momentText } from '@/lib/procedures/last-sign';

/** What names the former server's own files: the place has them again, or Debian's configuration names them. */
const ownPlaces = new Set(['data_directory', 'config_file', 'hba_file', 'ident_file', 'external_pid_file']);

/** Where Debian keeps the configuration of a cluster (postgresql-common, pg_createcluster(1)). */
const debianRoot = '/etc/postgresql';

/** The configuration file outside the data directory that names it, where there is one. */
export function debianConfigFile(
  major: number,
  dataDirectory: string,
  root = debianRoot,
): string | undefined {
  const folder = `${root}/${major}`;
  if (!existsSync(folder)) return undefined;
  for (const name of readdirSync(folder)) {
    const file = `${folder}/${name}/postgresql.conf`;
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const named = /^\s*data_directory\s*=?\s*'([^']*)'/m.exec(text)?.[1];
    if (named === dataDirectory) return file;
  }
  return undefined;
}

/**
 * How a server was started whose files are all gone, and with them its postmaster.opts: from what the console last read
 * in pg_settings. What stood in its configuration files comes with the backup or lies in Debian's folder.
 *
 * @returns options as pg_ctl's `-o` takes them, and what is not known.
 */
export function formerStart(
  last: LastKnown,
  of: { major: number; at: string; port: number },
): { options: string; warnings: string[] } {
  const config = debianConfigFile(of.major, of.at);
  const given = last.settings.filter(({ name, source }) => source === 'command line' && !ownPlaces.has(name));
  const isPortKnown = last.settings.some(({ name }) => name === 'port');
  const settings: Record<string, string> = {
    ...(config && { config_file: config }),
    ...(!isPortKnown && !config && { port: String(of.port) }),
    ...Object.fromEntries(given.filter(({ isWhole }) => isWhole).map(({ name, value }) => [name, value])),
  };
  const hidden = given.filter(({ isWhole }) => !isWhole).map(({ name }) => name);
  return {
    options: serverOptions(settings),
    warnings: [
      `The old server’s start options are gone with its files: it is started as it was last seen (${momentText(last.settingsAt)}).`,
      ...(hidden.length > 0
        ? [`Not known, since a secret may be in it: ${hidden.join(', ')}. Set it by ALTER SYSTEM afterwards.`]
        : []),
    ],
  };
}
