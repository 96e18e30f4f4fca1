import { type CheckRow, defineCheck } from '@/lib/engine/define-check';

/** One moment that the check remembers: by `until` (epoch s) transactions up to `xid` and WAL up to `lsn` were written. */
interface Mark {
  until: number;
  xid: number;
  lsn: number;
}

// One mark a tick while archiving is stuck: old ones are thinned, the oldest kept, so that the age stays exact.
const marksAtMost = 240;

function readMarks(text: unknown): Mark[] {
  if (typeof text !== 'string') return [];
  const parsed: unknown = JSON.parse(text);
  return Array.isArray(parsed) ? (parsed as Mark[]) : [];
}

/**
 * Exposure: the age of the oldest WAL that no archived segment holds. The server does not tell when WAL was written,
 * so each tick remembers its position and newest transaction id. The newest mark that is archived whole is the base;
 * without a newer transaction since then nothing can be lost (an idle server still writes some bytes of its own).
 */
export function withExposure(row: CheckRow, previous: CheckRow | undefined): CheckRow {
  if (row.not_archiving !== null) return { ...row, exposure_seconds: null, marks: null };
  const now = Number(row.now_epoch);
  const here: Mark = { until: now, xid: Number(row.next_xid), lsn: Number(row.position) };
  const archivedTo = row.archived_to === null ? Number(previous?.archived_to ?? -1) : Number(row.archived_to);
  const marks = readMarks(previous?.marks);
  const last = marks.at(-1);
  // Without a transaction since the last mark nothing was added that could be lost: that mark now reaches to here.
  if (last && last.xid === here.xid) last.until = now;
  else marks.push(here);

  const base = marks.findLastIndex((mark) => mark.lsn <= archivedTo);
  const kept = base > 0 ? marks.slice(base) : marks;
  const safe = base >= 0 ? kept[0] : undefined;
  let since: number | undefined;
  if (safe) {
    if (kept.length > 1) since = safe.until;
  } else if (row.oldest_waiting_epoch !== null) {
    since = Number(row.oldest_waiting_epoch);
  } else if (kept.length > 1) {
    since = kept[0]?.until;
  }
  if (row.oldest_waiting_epoch !== null) since = Math.min(since ?? now, Number(row.oldest_waiting_epoch));
  const thinned = kept.length > marksAtMost ? kept.filter((_, index) => index < 2 || index % 2 === 0) : kept;
  return {
    ...row,
    archived_to: archivedTo < 0 ? null : archivedTo,
    exposure_seconds: since === undefined ? 0 : Math.max(0, now - since),
    marks: JSON.stringify(thinned),
  };
}

export default defineCheck({
  title: 'Archiver exposure',
  why: 'What is not archived is lost if the server’s disk is. The exposure is how far back the newest point in time is that a restore could reach.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ARCHIVER-VIEW',
  target: 'instance',
  runsOn: 'primary',
  everySeconds: 10,
  needs: [
    {
      role: 'pg_monitor',
      mend: 'grant pg_monitor to the watch login: it may then list the archive status folder.',
    },
  ],
  sql: {
    140000: `
      select
        case
          when current_setting('archive_mode') = 'off' then 'archive_mode is off: no point in time can be restored'
          when current_setting('archive_command') in ('', '(disabled)')
            and coalesce(current_setting('archive_library', true), '') = ''
            then 'no archive_command is set: WAL is kept and archived nowhere'
        end as not_archiving,
        extract(epoch from clock_timestamp())::float8 as now_epoch,
        (pg_current_wal_lsn() - '0/0')::float8 as position,
        pg_snapshot_xmax(pg_current_snapshot())::text::float8 as next_xid,
        case
          when length(last_archived_wal) = 24 then (
            ('x' || substr(last_archived_wal, 9, 8))::bit(32)::bigint * 4294967296
            + (('x' || substr(last_archived_wal, 17, 8))::bit(32)::bigint + 1)
              * (select setting::bigint from pg_settings where name = 'wal_segment_size')
          )::float8
        end as archived_to,
        waiting.segments::float8 as waiting_segments,
        extract(epoch from waiting.oldest)::float8 as oldest_waiting_epoch,
        case
          when last_failed_time > coalesce(last_archived_time, '-infinity')
            then coalesce(extract(epoch from clock_timestamp() - waiting.oldest), 0)
          else 0
        end::float8 as failing_seconds,
        archived_count::float8 as archived,
        failed_count::float8 as failed,
        last_archived_wal,
        last_failed_wal
      from pg_stat_archiver
      cross join (
        select
          count(*) as segments,
          min(modification) as oldest
        from pg_ls_archive_statusdir()
        where name like '%.ready'
      ) as waiting`,
  },
  columns: {
    exposure_seconds: { role: 'gauge', label: 'Exposure', unit: 'seconds' },
    waiting_segments: { role: 'gauge', label: 'Segments waiting', unit: 'count' },
    failing_seconds: { role: 'gauge', label: 'Failing for', unit: 'seconds' },
    archived: { role: 'counter', label: 'Archived', unit: 'count' },
    failed: { role: 'counter', label: 'Failed tries', unit: 'count' },
    last_archived_wal: { role: 'text', label: 'Last archived' },
    last_failed_wal: { role: 'text', label: 'Last failed' },
    not_archiving: { role: 'text', label: 'Why not archiving' },
  },
  keep: ['series', 'snapshot'],
  derive: ({ rows, previous }) => rows.map((row) => withExposure(row, previous?.[0])),
  // How old the oldest unarchived work may be is judged once, by the cluster’s own objective: see archive-exposure.
  judge: [
    {
      column: 'failing_seconds',
      worse: 'above',
      warn: 60,
      crit: 300,
      sentence:
        'Archiving has failed for {failing_seconds} on {instance}; {waiting_segments} segments wait ({last_failed_wal}).',
    },
  ],
  draw: [
    { as: 'line', title: 'Archiver exposure', columns: ['exposure_seconds'] },
    { as: 'line', title: 'Segments waiting for the archiver', columns: ['waiting_segments'] },
    {
      as: 'table',
      title: 'Archiver',
      columns: [
        'exposure_seconds',
        'waiting_segments',
        'last_archived_wal',
        'last_failed_wal',
        'not_archiving',
      ],
    },
  ],
  runbook: {
    means:
      'The archive command fails, and WAL that this server has written waits in pg_wal. If its disk is lost now, every change since then is lost with it, and a restore to a point in time ends there.',
    confirm:
      'Look at pg_stat_archiver: last_failed_wal and last_failed_time say what fails. The server’s log has the words of the archive command; run the command by hand as the server’s system user.',
    act: 'Mend what the log names: the store is full, a password has expired, a host is gone. Archiving goes on by itself from the oldest segment; watch the waiting segments fall. If pg_wal is about to fill its disk, give it room first.',
    avoid:
      'Do not delete files from pg_wal, and do not set archive_command to /bin/true to be rid of the message: both cut the chain, and every backup before the gap can no longer be rolled forward. After a gap take a full backup at once.',
  },
});
