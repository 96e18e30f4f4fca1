import type { CheckRow } from '@/lib/engine/define-check';

/** Where a cluster's WAL should go, beside how its present primary archives. Of the check's row; text or null. */
interface Compared {
  mode: string;
  command: string;
  library: string | null;
  dataDirectory: string | null;
  stanza: string;
  /** The console made its configuration: what the command has to be is known. */
  isGenerated: boolean;
  /** The server that the stanza was set up for, and whether that is this one. */
  setUpFor: string | null;
  isThisServer: boolean;
  /** The data directory that its configuration names. */
  configuredDirectory: string | null;
}

export interface StanzaDoubt {
  doubt: string;
  /** 1: nothing proves that WAL arrives; 2: none arrives. */
  severity: 1 | 2;
  advice: string;
  /** The act that mends it, where the console may do it. */
  mended_by: string | null;
}

/** Value of `mended_by` where the set-up of archiving has to run once more. */
export const setUpAgain = 'set up archiving';

const text = (value: CheckRow[string] | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

function comparedOf(row: CheckRow): Compared | undefined {
  const stanza = text(row.stanza);
  if (stanza === null) return undefined;
  return {
    mode: String(row.mode),
    command: String(row.command ?? '').trim(),
    library: text(row.library),
    dataDirectory: text(row.data_directory),
    stanza,
    isGenerated: row.is_generated === true,
    setUpFor: text(row.set_up_for),
    isThisServer: row.is_set_up_here === true,
    configuredDirectory: text(row.configured_directory),
  };
}

/** `--stanza=NAME` of a command line, as pgBackRest takes it (pgbackrest.org/command.html). */
const stanzaOption = /--stanza[= ]\s*["']?([\w.-]+)/;

/** Why nothing of this server comes into the stanza, in words that go on after “since”; undefined when it seems to. */
function whyNothing({ mode, command, library, stanza, isGenerated }: Compared): string | undefined {
  if (mode === 'off') return 'archive_mode is off';
  if (library !== null) return `the library ${library} archives, to another place`;
  if (command === '' || command === '(disabled)') return 'there is no archive_command';
  const named = stanzaOption.exec(command)?.[1];
  if (named !== undefined && named !== stanza) return `its archive_command names the stanza ${named}`;
  // Of an adopted stanza the command may be a program of its owner's that ends in archive-push: not to be judged.
  if (isGenerated && !(named === stanza && /\barchive-push\b/.test(command)))
    return 'its archive_command is another one';
  return undefined;
}

/**
 * Compares the stanza of a cluster with how the present primary archives: after a failover nothing goes into a stanza
 * of the console's own until archiving was set up on the new primary, and the server itself finds nothing wrong.
 */
export function stanzaDoubt(row: CheckRow): StanzaDoubt | undefined {
  const compared = comparedOf(row);
  if (!compared) return undefined;
  const { stanza, isGenerated, isThisServer, setUpFor, configuredDirectory, dataDirectory } = compared;
  const former = isThisServer ? '' : ` It was set up for ${setUpFor ?? 'a server that was removed'}.`;
  const next = isGenerated
    ? 'Set up archiving on this server, and take a full backup.'
    : 'Its owner has to point this server’s archiving to it; then take a full backup.';
  const mended_by = isGenerated ? setUpAgain : null;
  const nothing = whyNothing(compared);
  if (nothing !== undefined) {
    const doubt = `The stanza ${stanza} gets no WAL of this server`;
    return {
      doubt,
      severity: 2,
      advice: `No later moment can be restored, since ${nothing}.${former} ${next}`,
      mended_by,
    };
  }
  if (!isGenerated) return undefined;
  if (configuredDirectory !== null && dataDirectory !== null && configuredDirectory !== dataDirectory) {
    const doubt = `The stanza ${stanza} is configured for another data directory`;
    const advice = `pgBackRest refuses the WAL of ${dataDirectory}, since the configuration names ${configuredDirectory}.${former} ${next}`;
    return { doubt, severity: 2, advice, mended_by };
  }
  if (isThisServer) return undefined;
  const doubt = `The stanza ${stanza} was set up for another server`;
  const advice = `It was set up for ${setUpFor ?? 'a server that was removed'}: nothing has proven yet that WAL of this one arrives. ${next}`;
  return { doubt, severity: 1, advice, mended_by };
}
