import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Foreign keys without an index',
  why: 'Each delete or key change of a parent row reads the whole child table when no index leads with the key’s columns, and holds its locks meanwhile.',
  source: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
  target: 'database',
  // A standby has the same keys: it would only say everything twice.
  runsOn: 'primary',
  everySeconds: 300,
  timeoutMs: 15_000,
  sql: {
    // Only the leading key columns count, in any order; an included column can't be searched by, and a partial index
    // serves only when its predicate is that the key is there. Constraints that partitions inherit are their parent's.
    140000: `
      select
        schema.nspname::text as schema,
        child.relname::text as "table",
        key.conname::text as "constraint",
        (
          select string_agg(attname, ', ' order by position)
          from unnest(key.conkey) with ordinality as part (attnum, position)
          join pg_attribute using (attnum)
          where attrelid = key.conrelid
        ) as columns,
        parent.relname::text as parent,
        greatest(child.reltuples, statistics.n_live_tup, 0)::float8 as table_rows,
        pg_relation_size(child.oid)::float8 as bytes,
        coalesce(parent_statistics.n_tup_del, 0)::float8 as parent_deletes
      from pg_constraint as key
      join pg_class as child on child.oid = key.conrelid
      join pg_class as parent on parent.oid = key.confrelid
      join pg_namespace as schema on schema.oid = child.relnamespace
      left join pg_stat_user_tables as statistics on statistics.relid = child.oid
      left join pg_stat_user_tables as parent_statistics on parent_statistics.relid = parent.oid
      where key.contype = 'f'
        and key.conparentid = 0
        and not exists (
          select
          from pg_index
          join pg_class as index_class on index_class.oid = pg_index.indexrelid
          join pg_am on pg_am.oid = index_class.relam
          where pg_index.indrelid = key.conrelid
            and pg_index.indisvalid
            and pg_am.amname in ('btree', 'hash')
            and pg_index.indnkeyatts >= cardinality(key.conkey)
            and (pg_index.indkey::int2[])[0:cardinality(key.conkey) - 1] @> key.conkey
            and (
              pg_index.indpred is null
              or replace(replace(pg_get_expr(pg_index.indpred, pg_index.indrelid), '(', ''), ')', '') = (
                select string_agg(quote_ident(attname) || ' IS NOT NULL', ' AND ' order by position)
                from unnest(key.conkey) with ordinality as part (attnum, position)
                join pg_attribute using (attnum)
                where attrelid = key.conrelid
              )
            )
        )
      order by table_rows desc
      limit 500`,
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    constraint: { role: 'key', label: 'Foreign key' },
    columns: { role: 'text', label: 'Columns' },
    parent: { role: 'text', label: 'Parent' },
    table_rows: { role: 'gauge', label: 'Rows', unit: 'rows' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    parent_deletes: { role: 'gauge', label: 'Parent deletes', unit: 'rows' },
  },
  keep: ['snapshot'],
  judge: [
    {
      // A scan of a table this small is quick: below it the row is information, not a finding.
      column: 'table_rows',
      worse: 'above',
      warn: 1000,
      sentence:
        'Foreign key {constraint} of {schema}.{table} in {database} ({columns} → {parent}) has no usable index.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Foreign keys without an index',
      columns: [
        'schema',
        'table',
        'constraint',
        'columns',
        'parent',
        'table_rows',
        'bytes',
        'parent_deletes',
      ],
    },
  ],
});
