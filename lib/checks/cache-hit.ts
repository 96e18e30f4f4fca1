import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Cache hit rate',
  why: 'Blocks that are not in shared_buffers come from the operating system or the disk. When the working set no longer fits, everything slows down at once.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 10,
  sql: {
    140000: `
      select
        datname as database,
        blks_hit::float8 as hit,
        blks_read::float8 as read,
        (blks_hit + blks_read)::float8 as accesses,
        stats_reset::text as stats_reset
      from pg_stat_database
      where datname is not null
        and datname not in ('template0', 'template1')`,
  },
  columns: {
    database: { role: 'key', label: 'Database' },
    hit: { role: 'counter', label: 'Blocks found', unit: 'count' },
    read: { role: 'counter', label: 'Blocks read', unit: 'count' },
    accesses: { role: 'counter', label: 'Blocks asked for', unit: 'count' },
    stats_reset: { role: 'text', label: 'Counting since' },
  },
  ratios: {
    cache_hit: { label: 'Cache hit rate', of: ['hit'], over: ['accesses'] },
  },
  keep: ['series'],
  maxSeries: { by: 'accesses', count: 50 },
  judge: [
    {
      column: 'cache_hit',
      worse: 'below',
      warn: 95,
      crit: 80,
      forSeconds: 300,
      // A nightly scan of some megabytes says nothing of the working set.
      minimum: { column: 'accesses', value: 10_000 },
      sentence: 'Only {cache_hit} of the blocks that {database} asked for were in shared_buffers.',
    },
  ],
  onFleet: { as: 'sparkline', column: 'cache_hit', order: 2 },
  draw: [
    { as: 'line', title: 'Cache hit rate over the interval', columns: ['cache_hit'] },
    { as: 'stacked', title: 'Blocks per second', columns: ['hit', 'read'] },
  ],
  runbook: {
    means:
      'More blocks than usual had to be asked of the operating system or the disk. By itself it harms nobody; with slow statements beside it, it is their cause.',
    confirm:
      'See whether statements of this database have become slower in the same window, which of them read most blocks, and whether a new query, a lost index or a big export began then. Disk read times tell whether the operating system had the blocks.',
    act: 'Find the statement that reads most and mend that: an index, or fewer rows. Only when the whole working set has outgrown shared_buffers is more memory the answer; it takes a restart.',
    avoid:
      'Do not raise shared_buffers as the first act: one scan of a large table lowers the rate, and will with any size.',
  },
});
