import { formatDuration } from '@/lib/base/format';
import { type CheckRow, defineCheck } from '@/lib/engine/define-check';
import { setUpAgain, stanzaDoubt } from '@/lib/engine/stanza-archiving';

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

/** The objective (RPO) where the cluster is not known. */
const usualSeconds = 300;

/**
 * What speaks against how a server archives: that it does not feed its cluster's stanza; else what its command's text
 * tells; and that a segment may wait longer than the cluster may lose. 0 waits until a segment is full, however long.
 */
export function archiveDoubts(read: CheckRow): CheckRow[] {
  const row: CheckRow = { rpo_seconds: null, stanza: null, mended_by: null, ...read };
  const astray = stanzaDoubt(row);
  if (row.mode === 'off') {
    if (astray) return [{ ...row, ...astray }];
    // No finding of this check: what it costs is said by the one of the exposure.
    const advice = 'archive_mode is off: a restore can only reach the moment of a backup.';
    return [{ ...row, doubt: 'Nothing is archived', severity: null, advice }];
  }
  const doubts: Doubt[] = [];
  // What feeds no stanza is replaced as a whole: its further faults are no second finding.
  if (astray) doubts.push(astray);
  else if (!row.library) doubts.push(...doubtsOfCommand(String(row.command)));
  const seconds = Number(row.timeout_seconds);
  const wantedSeconds = typeof row.rpo_seconds === 'number' ? row.rpo_seconds : usualSeconds;
  if (seconds === 0 || seconds > wantedSeconds) {
    const wanted = formatDuration(wantedSeconds);
    doubts.push({
      doubt: 'A segment may wait too long',
      severity: 1,
      advice: `archive_timeout is ${seconds === 0 ? 'off: on a quiet server the last changes wait for hours' : formatDuration(seconds)}. Set it to ${wanted} or less: a restore from the archive may lose no more than that (RPO).`,
    });
  }
  return doubts.map((doubt) => ({ ...row, ...doubt }));
}

export default defineCheck({
  title: 'Archive command',
  why: 'The server removes a segment once the command says that it is stored. A command that says so wrongly, or feeds another place than the cluster’s stanza, is found out at the restore.',
  source: 'https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-ARCHIVING-WAL',
  target: 'instance',
  runsOn: 'primary',
  everySeconds: 60,
  needs: [
    { role: 'pg_monitor', mend: 'grant pg_monitor to the watch login: some settings are hidden without it.' },
  ],
  rowsFrom: 'archiving',
  columns: {
    doubt: { role: 'key', label: 'Doubt' },
    severity: { role: 'gauge', label: 'Severity', unit: 'none' },
    advice: { role: 'text', label: 'Advice' },
    mode: { role: 'text', label: 'archive_mode' },
    // It may hold a password or a key.
    command: { role: 'text', label: 'archive_command', literals: true },
    library: { role: 'text', label: 'archive_library' },
    timeout_seconds: { role: 'gauge', label: 'archive_timeout', unit: 'seconds' },
    rpo_seconds: { role: 'gauge', label: 'Objective (RPO)', unit: 'seconds' },
    stanza: { role: 'text', label: 'Stanza' },
    mended_by: { role: 'text', label: 'Mended by' },
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
  fixedBy: [
    {
      job: 'set-up-archiving',
      label: 'Set up archiving',
      input: {},
      when: { column: 'mended_by', is: [setUpAgain] },
    },
  ],
  runbook: {
    means:
      'The settings show that a segment could be counted as archived and not be there, or be late; or that this server does not feed the stanza of its cluster. So it is after each failover until archiving is set up on the new primary.',
    confirm:
      'Take the newest name from pg_stat_archiver.last_archived_wal and look for that file in the archive; compare its size with wal_segment_size.',
    act: 'Where the finding names the stanza: set up archiving on this server, then take a full backup. Else use the command of a backup tool (pgBackRest, Barman, WAL-G), or the manual’s “test ! -f … && cp …”. It needs a reload only. Then take a new base backup: segments that were lost before can’t be brought back.',
    avoid:
      'Don’t set the command to true to “get rid of” a full pg_wal: the chain is broken from there on. After a failover don’t point the former primary back to the same stanza.',
  },
  alerts: 'recovery',
});
