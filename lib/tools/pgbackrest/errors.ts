import { PlumblineError } from '@/lib/base/errors';
import { lastError } from '@/lib/tools/pgbackrest/log-lines';

/** Exit codes that need telling apart (pgBackRest: src/build/error/error.yaml). */
export const backrestExit = {
  walMissing: 1,
  checksum: 26,
  config: 27,
  format: 29,
  option: 31,
  dataDirectory: 32,
  optionMissing: 37,
  running: 38,
  notEmpty: 40,
  denied: 41,
  walDiffers: 45,
  lockHeld: 50,
  missing: 55,
  databaseConnect: 56,
  stopFile: 62,
  terminated: 63,
  write: 64,
  noBackup: 75,
  databaseUnknown: 80,
  archiveTimeout: 82,
  crypto: 95,
  repositoryInvalid: 103,
} as const;

type Sentence = { message: string; next: string };

const sentences: Record<number, Sentence> = {
  [backrestExit.walMissing]: {
    message: 'A segment of WAL is not in the archive.',
    next: 'See the recoverable window for holes; choose a moment before the hole, or another repository.',
  },
  [backrestExit.checksum]: {
    message: 'A file of the backup is damaged: its checksum is not the one that was stored.',
    next: 'Use another backup or another repository, and take a new full backup.',
  },
  [backrestExit.config]: {
    message: 'pgBackRest cannot read its configuration or the server’s files.',
    next: 'See that the path of the data directory is right and that this user may read it.',
  },
  [backrestExit.format]: {
    message: 'A file of the repository is damaged, or the pass is not the one it was made with.',
    next: 'Compare the pass with the one that was kept. If it is right, use another backup.',
  },
  [backrestExit.option]: {
    message: 'pgBackRest does not take an option as it was given.',
    next: 'Compare the installed version with the configuration: newer options need a newer pgBackRest.',
  },
  [backrestExit.dataDirectory]: {
    message: 'The data directory is not the one of this stanza.',
    next: 'Set pg1-path to the data directory of this very server.',
  },
  [backrestExit.optionMissing]: {
    message: 'pgBackRest lacks an option that it needs.',
    next: 'Complete the configuration: the message names the option.',
  },
  [backrestExit.running]: {
    message: 'PostgreSQL runs in the directory that should be restored into.',
    next: 'Restore into a new directory, or stop that server first.',
  },
  [backrestExit.notEmpty]: {
    message: 'The directory to restore into is not empty.',
    next: 'Give an empty directory. Nothing was changed in this one.',
  },
  [backrestExit.denied]: {
    message: 'A path is not there or may not be entered by the user that pgBackRest runs as.',
    next: 'Run it as the user who owns the data directory, and give it the repository’s folder.',
  },
  [backrestExit.walDiffers]: {
    message:
      'The archive holds this segment of WAL with another content: two servers archive into one stanza.',
    next: 'Find the second server (a promoted copy, a former primary) and stop its archiving.',
  },
  [backrestExit.lockHeld]: {
    message: 'Another backup, expiry or set-up of this stanza runs.',
    next: 'Wait for it. If none runs, look for a pgbackrest process that was left behind.',
  },
  [backrestExit.missing]: {
    message: 'The stanza has not been created in the repository, or files of it are missing.',
    next: 'Set up archiving: it creates the stanza.',
  },
  [backrestExit.databaseConnect]: {
    message: 'pgBackRest cannot connect to PostgreSQL.',
    next: 'See that the server is up and that pg_hba.conf lets the login in on the socket.',
  },
  [backrestExit.stopFile]: {
    message: 'A stop file forbids everything of this stanza, archiving too: WAL piles up on the server.',
    next: 'Find out who ran `pgbackrest stop`, then run `pgbackrest start` for the stanza.',
  },
  [backrestExit.terminated]: {
    message: 'pgBackRest was told to end.',
    next: 'Start it again; the next backup of the same type goes on where this one was.',
  },
  [backrestExit.write]: {
    message: 'The repository cannot be written to: most often it is full.',
    next: 'Make room by expiring backups or give it more disk, then start again.',
  },
  [backrestExit.noBackup]: {
    message: 'No backup fits: none ends before the moment that was asked for, or none can be read.',
    next: 'Choose a later moment, or look at the repository’s state.',
  },
  [backrestExit.databaseUnknown]: {
    message: 'The backup has no database of this name.',
    next: 'Choose one of the databases that the backup lists.',
  },
  [backrestExit.archiveTimeout]: {
    message: 'A segment of WAL did not come into the archive in time.',
    next: 'See archive_command’s last failure on the server’s page: disk, rights or a stop file.',
  },
  [backrestExit.crypto]: {
    message: 'The repository cannot be decrypted: the pass is not the one it was made with.',
    next: 'Enter the pass that was kept when the repository was set up. Without it nothing in it can be read.',
  },
  [backrestExit.repositoryInvalid]: {
    message: 'No repository can be used for this.',
    next: 'See the message for each: the storage may be away, or the stanza not created in it.',
  },
};

/** What an end of pgBackRest means for people, with its own last words. `output` are its last lines. */
export function explainExit(
  exitCode: number | null,
  output: readonly string[],
): Sentence & { code: number | null } {
  const said = lastError(output);
  const code = exitCode ?? said?.code ?? null;
  const known = code === null ? undefined : sentences[code];
  const words = said ? ` It said: ${said.text.slice(0, 400)}` : '';
  // A storage that went away ends in whatever was being read: the words tell it better than the number.
  if (
    said &&
    /unable to connect|connection (refused|reset)|HTTP request failed|unable to get address|HostConnectError/i.test(
      said.text,
    ) &&
    code !== backrestExit.databaseConnect
  ) {
    return {
      code,
      message: `The storage of the repository cannot be reached.${words}`,
      next: 'See that the storage answers from this host, then start again: what was copied is resumed.',
    };
  }
  if (said && /\bcertificate\b|\bTLS\b/.test(said.text)) {
    return {
      code,
      message: `The storage’s certificate is not trusted.${words}`,
      next: 'Give the storage the authority that signed it, and an endpoint by the very name in the certificate: an IP address is not enough.',
    };
  }
  if (said && /is not later than latest backup label/.test(said.text)) {
    return {
      code,
      message: `The clock of this host is behind the last backup of the repository, so its label would lie in the past.${words}`,
      next: 'Set the clock right (timedatectl says whether it is synchronised). If it is, it went ahead when that backup was taken: wait until its time has come, or expire that backup.',
    };
  }
  if (known) return { code, message: `${known.message}${words}`, next: known.next };
  const how = code === null ? 'was ended by a signal' : `ended with code ${code}`;
  return { code, message: `pgBackRest ${how}.${words}`, next: 'Read the run’s log for what it said before.' };
}

/** The same as an error to throw. */
export function backrestError(exitCode: number | null, output: readonly string[]): PlumblineError {
  const { message, next } = explainExit(exitCode, output);
  return new PlumblineError('tool-failed', message, { next, detail: output.join('\n') });
}
