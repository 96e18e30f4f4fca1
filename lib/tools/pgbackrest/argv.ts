import { PlumblineError } from '@/lib/base/errors';

/** The program's name, as found in PATH. */
export const pgbackrestProgram = 'pgbackrest';

/**
 * Detail lines tell the progress; errors must come on the same stream with a time stamp, and no file may grow unseen.
 * 2.45 writes errors to stderr without a time unless told so (pgbackrest.org/configuration.html, “Log Options”).
 */
const logOptions: BackrestOptions = {
  'log-level-stderr': 'off',
  'log-level-console': 'detail',
  'log-level-file': 'off',
};

/** For commands whose standard output is an answer: nothing else may stand in it. */
export const silent: BackrestOptions = { 'log-level-console': 'off' };

/** Options whose values are secrets: pgBackRest refuses most of them as an argument, and so do we all of them. */
const secretOption = /(cipher-pass|-key|-key-secret|-token)$/;

export type BackrestOptions = Record<string, string | number | boolean | readonly string[] | undefined>;

/** Where a command finds its configuration: a file that only the tools' user can read. */
export interface BackrestPlace {
  configFile: string;
  stanza: string;
}

/**
 * Arguments of one command: `['--config=…', '--stanza=…', …, 'backup']`. A flag is `true` (`--x`) or `false` (`--no-x`),
 * a list repeats its option, undefined leaves it out.
 *
 * @throws PlumblineError `bad-input` when an option holds a secret or a value has a line break.
 */
export function backrestArgs(command: string, place: BackrestPlace, options: BackrestOptions = {}): string[] {
  const given = Object.entries({ ...logOptions, ...options }).flatMap(([name, value]) =>
    optionArgs(name, value),
  );
  return [`--config=${place.configFile}`, `--stanza=${place.stanza}`, ...given, command];
}

function optionArgs(name: string, value: BackrestOptions[string]): string[] {
  if (value === undefined) return [];
  if (secretOption.test(name)) {
    throw new PlumblineError('bad-input', `${name} is a secret and never an argument.`);
  }
  if (value === true) return [`--${name}`];
  if (value === false) return [`--no-${name}`];
  return [value].flat().map((one) => {
    const text = String(one);
    if (/[\n\r\0]/.test(text)) {
      throw new PlumblineError('bad-input', `The value of ${name} has a line break.`, {
        next: 'Give a value of one line.',
      });
    }
    return `--${name}=${text}`;
  });
}

/** `2.45` out of `pgBackRest 2.45`; undefined when it is something else. */
export function backrestVersion(output: string): string | undefined {
  return /^pgBackRest (\d+\.\d+(?:\.\d+)?(?:dev)?)\b/m.exec(output)?.[1];
}

/** Whether a version is at least another, by number: 2.5 is older than 2.41. */
export function isAtLeast(version: string, least: string): boolean {
  const [a, b] = [version, least].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)));
  for (let n = 0; n < 3; n += 1) {
    const difference = (a?.[n] ?? 0) - (b?.[n] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
