import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Checksum failures',
  why: 'A page whose checksum is wrong was changed by the storage, not by the server: what it held is lost on this server, and each next backup carries it on.',
  source: 'https://www.postgresql.org/docs/current/checksums.html',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 60,
  sql: {
    // Without checksums the server has nothing to count: null, and the reason stands beside it.
    140000: `
      select
        coalesce(datname::text, '(shared catalogs)') as database,
        checksum_failures::float8 as failures,
        checksum_last_failure::text as last_failure,
        case
          when current_setting('data_checksums') = 'on' then 'on'
          else 'off: damage is found only when it breaks something. pg_checksums --enable, with the server stopped, turns them on'
        end as checksums
      from pg_stat_database
      where datname is null
        or datname not in ('template0', 'template1')`,
  },
  columns: {
    database: { role: 'key', label: 'Database' },
    failures: { role: 'gauge', label: 'Failures', unit: 'count' },
    last_failure: { role: 'text', label: 'Last failure' },
    checksums: { role: 'text', label: 'Checksums' },
  },
  keep: ['snapshot'],
  feeds: 'server.checksums',
  judge: [
    {
      column: 'failures',
      worse: 'above',
      crit: 1,
      sentence:
        'Pages in {database} on {instance} with a wrong checksum: {failures}, the last one read at {last_failure}.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Page checksums',
      columns: ['database', 'failures', 'last_failure', 'checksums'],
    },
  ],
  runbook: {
    means:
      'The storage, its controller or the memory gave back something else than was written. The count is of reads that failed since the statistics were reset.',
    confirm:
      'The server’s log names file and block (“page verification failed”). Read the kernel’s log for errors of the disk, and see whether a standby can read the same table.',
    act: 'Fail over to a standby that reads it well, and take this server’s disk out of use. Without one: restore the newest backup that a drill has proven, beside the live server, and compare. When it is mended, pg_stat_reset() in that database ends this finding.',
    avoid:
      'Don’t set ignore_checksum_failure or zero_damaged_pages on the live server: they destroy what could still be saved. Don’t let old backups expire before you know since when it is damaged.',
  },
});
