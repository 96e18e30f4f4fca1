import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Indexes',
  why: 'An invalid index is paid for at every write and used by no query: usually the leftover of a CREATE INDEX or REINDEX CONCURRENTLY that failed.',
  source: 'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
  target: 'database',
  runsOn: 'any',
  everySeconds: 120,
  timeoutMs: 15_000,
  sql: {
    // An index that is being built now is invalid too, and that is no fault: pg_stat_progress_create_index names it.
    140000: `
      select
        schema.nspname::text as schema,
        relation.relname::text as "table",
        class.relname::text as index,
        method.amname::text as method,
        pg_relation_size(class.oid)::float8 as bytes,
        coalesce(usage.idx_scan, 0)::float8 as scans,
        (
          not pg_index.indisvalid
          and not exists (
            select
            from pg_stat_progress_create_index as progress
            where progress.relid = pg_index.indrelid
          )
          -- A standby has the same one: it would only say so twice.
          and not pg_is_in_recovery()
        )::int::float8 as invalid
      from pg_index
      join pg_class as class on class.oid = pg_index.indexrelid and class.relkind = 'i'
      join pg_class as relation on relation.oid = pg_index.indrelid and relation.relkind in ('r', 'm')
      join pg_namespace as schema on schema.oid = class.relnamespace
      join pg_am as method on method.oid = class.relam
      left join pg_stat_user_indexes as usage on usage.indexrelid = class.oid
      where schema.nspname not in ('pg_catalog', 'information_schema')
        and schema.nspname not like 'pg\\_toast%'
        and class.relpersistence <> 't'
      order by pg_index.indisvalid, class.relpages desc, class.oid
      limit 1000`,
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    index: { role: 'key', label: 'Index' },
    method: { role: 'text', label: 'Method' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    scans: { role: 'gauge', label: 'Scans', unit: 'count' },
    invalid: { role: 'gauge', label: 'Invalid', unit: 'none' },
  },
  keep: ['snapshot'],
  feeds: 'indexes.state',
  judge: [
    {
      column: 'invalid',
      worse: 'above',
      crit: 1,
      sentence:
        'Index {schema}.{index} on {table} in {database} is invalid: writes pay for it, no query uses it.',
    },
  ],
  draw: [],
  fixedBy: [
    {
      job: 'reindex-concurrently',
      label: 'Rebuild it',
      input: { database: '$database', schema: 'schema', index: 'index' },
    },
    {
      job: 'drop-index-concurrently',
      label: 'Drop it',
      input: { database: '$database', schema: 'schema', index: 'index' },
    },
  ],
  runbook: {
    means:
      'A CREATE INDEX or REINDEX CONCURRENTLY was cancelled or failed, mostly of a deadlock, a duplicate key or a full disk, and left its unfinished index. Writes keep it up to date; no query reads it, and a unique one keeps nothing unique.',
    confirm:
      'Look in pg_stat_progress_create_index whether it is being built at this moment. A name that ends in _ccnew or _ccold is what a rebuild left beside the real index.',
    act: 'If it is wanted, rebuild it. If it ends in _ccnew or _ccold, or nobody misses it, drop it.',
    avoid:
      'Do not create a second index with the same definition beside it, and do not rebuild a unique one before the duplicate rows are gone: it would fail again.',
  },
});
