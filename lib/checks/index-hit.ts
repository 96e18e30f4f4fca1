import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Index hit rate',
  why: 'Index blocks are read again and again: when they fall out of shared_buffers, point look-ups wait for the disk.',
  source:
    'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STATIO-ALL-INDEXES-VIEW',
  target: 'database',
  runsOn: 'any',
  everySeconds: 30,
  sql: {
    140000: `
      select
        coalesce(sum(idx_blks_hit), 0)::float8 as hit,
        coalesce(sum(idx_blks_read), 0)::float8 as read,
        coalesce(sum(idx_blks_hit + idx_blks_read), 0)::float8 as accesses
      from pg_statio_user_indexes`,
  },
  columns: {
    hit: { role: 'counter', label: 'Index blocks found', unit: 'count' },
    read: { role: 'counter', label: 'Index blocks read', unit: 'count' },
    accesses: { role: 'counter', label: 'Index blocks asked for', unit: 'count' },
  },
  ratios: {
    index_hit: { label: 'Index hit rate', of: ['hit'], over: ['accesses'] },
  },
  keep: ['series'],
  judge: [
    {
      column: 'index_hit',
      worse: 'below',
      warn: 95,
      crit: 80,
      forSeconds: 300,
      minimum: { column: 'accesses', value: 10_000 },
      sentence: 'Only {index_hit} of the index blocks that {database} asked for were in shared_buffers.',
    },
  ],
  draw: [
    { as: 'line', title: 'Index hit rate over the interval', columns: ['index_hit'] },
    { as: 'stacked', title: 'Index blocks per second', columns: ['hit', 'read'] },
  ],
  runbook: {
    means:
      'Blocks of indexes had to be read from outside shared_buffers. Lookups that were cheap become a disk read per step.',
    confirm:
      'See which indexes are read most, whether one has grown by bloat, and whether a bulk load or a rebuild went through just now: then the rate comes back by itself.',
    act: 'Rebuild bloated indexes concurrently, drop those that nothing uses, and look for the statement that walks whole indexes.',
    avoid:
      'Do not judge it by the minutes after a restart: the cache is empty then, and fills by work alone.',
  },
});
