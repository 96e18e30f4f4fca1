import { type CheckRow, defineCheck } from '@/lib/engine/define-check';

interface Doubt {
  doubt: string;
  /** 1: segments may be lost or come late; 2: they are lost. */
  severity: 1 | 2;
  advice: string;
}

const keepers = /\b(pgbackrest|wal-g|wal-e|barman-wal-archive|pg_probackup|pgmoneta)\b/;

/** Output of a program that stores by it, or a copy, that ends there; `2>/dev/null` only silences words. */
const thrownAway =
  /(^|[\s;&|])(cat|gzip|pigz|zstd|lz4|xz)\b[^|;&]*[^2&]>\s*\/dev\/null|\b(cp|mv)\b[^|;&]*\s\/dev\/null|of=\/dev\/null/;

/** What the text of an archive_command tells of itself. It can't tell whether the place it names is any good. */
export function doubtsOfCommand(command: string): Doubt[] {
  const text = command.trim();
  const doubts: Doubt[] = [];
  const lost = (doubt: string, advice: string) => doubts.push({ doubt, severity: 2, advice });
  const late = (doubt: string, advice: string) => doubts.push({ doubt, severity: 1, advice });
  if (text === '' || text === '(disabled)') {
    lost(
      'There is no archive_command',
      'archive_mode is on and nothing archives: WAL is kept until the disk is full. Set a command.',
    );
    return doubts;
  }
  if (/^(\/usr)?(\/bin\/)?(true|echo\b.*|:|exit\s+0)$/.test(text)) {
    lost(
      'It stores nothing and says that it did',
      'Every segment is thrown away after it: no point in time can be restored. Set a command that stores it elsewhere.',
    );
    return doubts;
  }
  if (/(\|\||;|&&|\n)\s*((\/usr)?(\/bin\/)?true|:|exit\s+0)\s*;?$/.test(text)) {
    lost(
      'It hides its own failure',
      'The command ends with success whatever happened: a segment that was not stored is removed. Take that end away.',
    );
  } else if (/[^&]&\s*$/.test(text)) {
    lost(
      'It does not wait for its end',
      'A command in the background has always succeeded. Take the & away.',
    );
  } else if (
    /;/.test(text.replace(/;\s*$/, '').replace(/\bset\s+-o\s+pipefail\s*;/, '')) &&
    !/\bset\s+-e/.test(text)
  ) {
    late(
      'Only its last part counts',
      'Of several commands after “;” only the last one’s result is seen. Join them with &&.',
    );
  }
  if (/(^|[^|])\|([^|]|$)/.test(text) && !/pipefail/.test(text)) {
    late(
      'Only the end of its pipe counts',
      'When a program before the last “|” fails, the segment counts as stored. Use bash -c with set -o pipefail.',
    );
  }
  if (thrownAway.test(text)) {
    lost('It stores to /dev/null', 'Every segment is thrown away. Name a place that keeps it.');
  }
  if (/(^|\s|")\/tmp\//.test(text)) {
    late(
      'It stores under /tmp',
      'That folder is emptied at a start of the machine. Name a place that keeps it.',
    );
  }
  if (!keepers.test(text) && !/%p/.test(text)) {
    lost('It does not name the segment', 'Without %p the command cannot know which file to store.');
  }
  if (/(^|[\s;&(/])cp\s+(-\w+\s+)*/.test(text) && !/\btest\s+!|\[\s+!/.test(text)) {
    late(
      'It may overwrite a segment',
      'cp writes over a file of the same name, and leaves half a file after a crash. Test that it is not there first, or use a backup tool’s command.',
    );
  }
  return doubts;
}

/** Archiving is at least as late as archive_timeout; 0 waits until a segment is full, however long that takes. */
const wantedSeconds = 300;

export function archiveDoubts(row: CheckRow): CheckRow[] {
  if (row.mode === 'off') {
    // No finding of this check: what it costs is the archiver's to say.
    const advice = 'archive_mode is off: a restore can only reach the moment of a backup.';
    return [{ ...row, doubt: 'Nothing is archived', severity: null, advice }];
  }
  const doubts = row.library ? [] : doubtsOfCommand(String(row.command));
  const seconds = Number(row.timeout_seconds);
  if (seconds === 0 || seconds > wantedSeconds) {
    doubts.push({
      doubt: 'A segment may wait too long',
      severity: 1,
      advice: `archive_timeout is ${seconds === 0 ? 'off: on a quiet server the last changes wait for hours' : `${seconds} s`}. Set it to ${wantedSeconds} s or less, so that a restore from the archive loses no more than 5 minutes.`,
    });
  }
  return doubts.map((doubt) => ({ ...row, ...doubt }));
}

export default defineCheck({
  title: 'Archive command',
  why: 'The server removes a segment once the command says that it is stored. A command that says so wrongly is found out at the restore.',
  source: 'https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-ARCHIVING-WAL',
  target: 'instance',
  runsOn: 'primary',
  everySeconds: 300,
  needs: [
    { role: 'pg_monitor', mend: 'grant pg_monitor to the watch login: some settings are hidden without it.' },
  ],
  sql: {
    140000: `
      select
        current_setting('archive_mode') as mode,
        current_setting('archive_command') as command,
        nullif(current_setting('archive_library', true), '') as library,
        setting::float8 as timeout_seconds
      from pg_settings
      where name = 'archive_timeout'`,
  },
  columns: {
    doubt: { role: 'key', label: 'Doubt' },
    severity: { role: 'gauge', label: 'Severity', unit: 'none' },
    advice: { role: 'text', label: 'Advice' },
    mode: { role: 'text', label: 'archive_mode' },
    // It may hold a password or a key.
    command: { role: 'text', label: 'archive_command', literals: true },
    library: { role: 'text', label: 'archive_library' },
    timeout_seconds: { role: 'gauge', label: 'archive_timeout', unit: 'seconds' },
  },
  keep: ['snapshot'],
  feeds: 'server.archive',
  derive: ({ rows }) => rows.flatMap(archiveDoubts),
  judge: [
    {
      column: 'severity',
      worse: 'above',
      warn: 1,
      crit: 2,
      sentence: 'Archiving on {instance} can’t be trusted. {doubt}: {advice}',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Doubts about archiving',
      columns: ['doubt', 'advice', 'timeout_seconds', 'command'],
    },
  ],
  runbook: {
    means:
      'The text of the settings shows that a segment could be counted as archived and not be there, or be late.',
    confirm:
      'Take the newest name from pg_stat_archiver.last_archived_wal and look for that file in the archive; compare its size with wal_segment_size.',
    act: 'Use the command of a backup tool (pgBackRest, Barman, WAL-G), or the manual’s “test ! -f … && cp …”. It needs a reload only. Then take a new base backup: segments that were lost before can’t be brought back.',
    avoid: 'Don’t set the command to true to “get rid of” a full pg_wal: the chain is broken from there on.',
  },
});
