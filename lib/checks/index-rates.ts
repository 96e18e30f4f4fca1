import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Index activity',
  why: 'An index whose blocks fall out of shared_buffers makes each look-up wait for the disk; one that is never scanned is paid for at every write.',
  source:
    'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STATIO-ALL-INDEXES-VIEW',
  target: 'database',
  runsOn: 'any',
  everySeconds: 300,
  timeoutMs: 15_000,
  sql: {
    140000: `
      select
        usage.schemaname::text as schema,
        usage.relname::text as "table",
        usage.indexrelname::text as index,
        (class.relpages * current_setting('block_size')::float8)::float8 as bytes,
        blocks.idx_blks_hit::float8 as hit,
        (blocks.idx_blks_hit + blocks.idx_blks_read)::float8 as accesses,
        usage.idx_scan::float8 as scans,
        usage.idx_tup_read::float8 as entries
      from pg_stat_user_indexes as usage
      join pg_statio_user_indexes as blocks using (indexrelid)
      join pg_class as class on class.oid = indexrelid
      order by blocks.idx_blks_hit + blocks.idx_blks_read desc, indexrelid
      limit 5000`,
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    index: { role: 'key', label: 'Index' },
    bytes: { role: 'gauge', label: 'Size at its last vacuum', unit: 'bytes' },
    hit: { role: 'counter', label: 'Blocks found', unit: 'count' },
    accesses: { role: 'counter', label: 'Blocks asked for', unit: 'count' },
    scans: { role: 'counter', label: 'Scans', unit: 'count' },
    entries: { role: 'counter', label: 'Entries read', unit: 'rows' },
  },
  ratios: {
    index_hit_rate: { label: 'Index hit rate', of: ['hit'], over: ['accesses'] },
  },
  keep: ['series', 'snapshot'],
  snapshotRows: 5000,
  feeds: 'indexes.rates',
  maxSeries: { by: 'accesses', count: 50 },
  draw: [],
});
