import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Table activity',
  why: 'A table whose blocks are not in shared_buffers, or that is read from end to end, is where the time of its queries goes.',
  source:
    'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STATIO-ALL-TABLES-VIEW',
  target: 'database',
  runsOn: 'any',
  everySeconds: 300,
  timeoutMs: 15_000,
  sql: {
    140000: `
      select
        statistics.schemaname::text as schema,
        statistics.relname::text as "table",
        coalesce(blocks.heap_blks_hit + blocks.toast_blks_hit, blocks.heap_blks_hit, 0)::float8 as hit,
        coalesce(
          blocks.heap_blks_hit + blocks.heap_blks_read + blocks.toast_blks_hit + blocks.toast_blks_read,
          blocks.heap_blks_hit + blocks.heap_blks_read,
          0
        )::float8 as accesses,
        coalesce(blocks.idx_blks_hit, 0)::float8 as index_hit,
        coalesce(blocks.idx_blks_hit + blocks.idx_blks_read, 0)::float8 as index_accesses,
        statistics.seq_scan::float8 as seq_scans,
        coalesce(statistics.idx_scan, 0)::float8 as index_scans,
        (statistics.seq_scan + coalesce(statistics.idx_scan, 0))::float8 as scans,
        statistics.seq_tup_read::float8 as seq_rows,
        statistics.n_tup_ins::float8 as inserted,
        statistics.n_tup_upd::float8 as updated,
        statistics.n_tup_hot_upd::float8 as hot_updated,
        statistics.n_tup_del::float8 as deleted
      from pg_stat_user_tables as statistics
      join pg_class as class on class.oid = statistics.relid
      left join pg_statio_user_tables as blocks on blocks.relid = statistics.relid
      where class.relkind <> 'p'
        and class.relpersistence <> 't'
      order by coalesce(blocks.heap_blks_hit + blocks.heap_blks_read, 0) desc, statistics.relid
      limit 5000`,
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    hit: { role: 'counter', label: 'Table blocks found', unit: 'count' },
    accesses: { role: 'counter', label: 'Table blocks asked for', unit: 'count' },
    index_hit: { role: 'counter', label: 'Index blocks found', unit: 'count' },
    index_accesses: { role: 'counter', label: 'Index blocks asked for', unit: 'count' },
    seq_scans: { role: 'counter', label: 'Sequential scans', unit: 'count' },
    index_scans: { role: 'counter', label: 'Index scans', unit: 'count' },
    scans: { role: 'counter', label: 'Scans', unit: 'count' },
    seq_rows: { role: 'counter', label: 'Rows read by sequential scans', unit: 'rows' },
    inserted: { role: 'counter', label: 'Rows inserted', unit: 'rows' },
    updated: { role: 'counter', label: 'Rows updated', unit: 'rows' },
    hot_updated: { role: 'counter', label: 'Rows updated in place (HOT)', unit: 'rows' },
    deleted: { role: 'counter', label: 'Rows deleted', unit: 'rows' },
  },
  ratios: {
    table_hit_rate: { label: 'Cache hit rate', of: ['hit'], over: ['accesses'] },
    index_hit_rate: { label: 'Index hit rate', of: ['index_hit'], over: ['index_accesses'] },
    index_use: { label: 'Scans by an index', of: ['index_scans'], over: ['scans'] },
    hot_share: { label: 'Updates in place (HOT)', of: ['hot_updated'], over: ['updated'] },
  },
  keep: ['series', 'snapshot'],
  snapshotRows: 5000,
  feeds: 'tables.rates',
  maxSeries: { by: 'accesses', count: 50 },
  draw: [],
});
