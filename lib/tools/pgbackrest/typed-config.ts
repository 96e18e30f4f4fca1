import { PlumblineError } from '@/lib/base/errors';
import { backrestFolders, type ParsedConfig } from '@/lib/tools/pgbackrest/config';

/** Where a run's own configuration with a typed pass is, below the run's directory: it goes with it. */
export const typedConfigFolder = 'typed';
export const typedConfigFile = 'pgbackrest.conf';

/**
 * Somebody else's configuration for one repository alone, with a pass that was typed in place of the one that stands
 * there: what opens the repository then is the typed one and no other.
 *
 * @throws PlumblineError `conflict` for a repository on another host: the pass that counts is in that host's own file.
 */
export function renderTyped(
  config: ParsedConfig,
  of: { stanza: string; ordinal: number; pass: string; directory: string },
): string {
  const { lock, log, spool } = backrestFolders(of.directory);
  const ours = new Map([
    ['lock-path', lock],
    ['log-path', log],
    ['spool-path', spool],
    ['log-level-file', 'off'],
    ['log-level-stderr', 'off'],
    [`repo${of.ordinal}-cipher-pass`, of.pass],
  ]);
  // The stanza's own section wins, as it does for pgBackRest.
  const options = new Map([...(config.get('global') ?? []), ...(config.get(of.stanza) ?? [])]);
  const kept = [...options].flatMap(([name, values]) => {
    const repository = /^repo(\d*)-(.+)$/.exec(name);
    if (repository && Number(repository[1] || 1) !== of.ordinal) return [];
    if (repository?.[2] === 'host') {
      throw new PlumblineError('conflict', `Repository ${of.ordinal} is on another host, ${values.at(-1)}.`, {
        next: 'Its pass stands in that host’s own configuration: prove the copy of it there.',
      });
    }
    if (repository?.[2] === 'cipher-pass' || ours.has(name)) return [];
    return values.map((value) => `${name}=${value}`);
  });
  return [
    '# Of one drill: with a pass that was typed, and no other. It goes with the run.',
    `[${of.stanza}]`,
    ...kept,
    ...[...ours].map(([name, value]) => `${name}=${value}`),
    '',
  ].join('\n');
}
