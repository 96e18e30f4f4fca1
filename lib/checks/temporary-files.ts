import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Temporary files',
  why: 'A sort or hash that does not fit into work_mem goes to the disk and takes many times as long. Enough of them at once fill the volume.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 60,
  sql: {
    140000: `
      select
        datname::text as database,
        temp_files::float8 as files,
        temp_bytes::float8 as bytes,
        stats_reset::text as stats_reset
      from pg_stat_database
      where datname is not null
        and datname not in ('template0', 'template1')`,
  },
  columns: {
    database: { role: 'key', label: 'Database' },
    files: { role: 'counter', label: 'Files', unit: 'count' },
    bytes: { role: 'counter', label: 'Written', unit: 'bytes' },
    stats_reset: { role: 'text', label: 'Counting since' },
  },
  keep: ['series'],
  maxSeries: { by: 'bytes', count: 50 },
  judge: [
    {
      // A nightly report may spill; a load that spills all the time is one that lacks memory or an index.
      column: 'bytes',
      worse: 'above',
      warn: 268_435_456,
      crit: 10_737_418_240,
      forSeconds: 300,
      sentence:
        'Statements in {database} wrote {bytes} of temporary files in the last minute ({files} files).',
    },
  ],
  draw: [
    { as: 'stacked', title: 'Temporary files written', columns: ['bytes'] },
    { as: 'stacked', title: 'Temporary files', columns: ['files'] },
  ],
  runbook: {
    means:
      'Sorts, hashes or materialised parts of statements are larger than work_mem and go through the disk.',
    confirm:
      'Sort the statements by temporary blocks written: usually it is one or two. With log_temp_files = 10MB the server’s log names each.',
    act: 'Give that statement an index that delivers its order, or less to sort. Else raise work_mem for its role or session only (alter role … set work_mem).',
    avoid:
      'Don’t raise work_mem for the whole server at once: each node of each statement of each session may use it. temp_file_limit ends a runaway with an error, which is better than a full volume.',
  },
});
