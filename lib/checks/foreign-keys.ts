import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Foreign keys without an index',
  why: 'Each delete or key change of a parent row reads the whole child table when no index leads with the key’s columns, and holds its locks meanwhile; joins from the parent read it whole too.',
  source: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
  target: 'database',
  // A standby has the same keys: it would only say everything twice.
  runsOn: 'primary',
  everySeconds: 300,
  timeoutMs: 15_000,
  sql: {
    // Only the leading key columns count, in any order; an included column can't be searched by, a BRIN finds blocks
    // and no rows, and a partial index serves only when it holds every row whose key is there: its predicate may say
    // no more than that columns of the key are not null. Constraints that partitions inherit are their parent's.
    // No server counts joins by a key. Without an index each join or look-up by it reads the child whole, and such reads
    // are counted: at each partition, as a partitioned table itself is never read.
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
        format(
          'create index on %I.%I (%s)',
          schema.nspname,
          child.relname,
          (
            select string_agg(quote_ident(attname), ', ' order by position)
            from unnest(key.conkey) with ordinality as part (attnum, position)
            join pg_attribute using (attnum)
            where attrelid = key.conrelid
          )
        ) as definition,
        (
          select min(index_class.relname::text)
          from pg_index
          join pg_class as index_class on index_class.oid = pg_index.indexrelid
          join pg_am on pg_am.oid = index_class.relam
          where pg_index.indrelid = key.conrelid
            and pg_index.indisvalid
            and pg_index.indpred is null
            and pg_am.amname = 'btree'
            and pg_index.indkey[0] = any (key.conkey)
        ) as partly_by,
        greatest(child.reltuples, statistics.n_live_tup, 0)::float8 as table_rows,
        pg_relation_size(child.oid)::float8 as bytes,
        coalesce(parent_statistics.n_tup_del, 0)::float8 as parent_deletes,
        coalesce(parent_statistics.n_tup_upd, 0)::float8 as parent_updates,
        reads.seq_scans,
        reads.seq_rows
      from pg_constraint as key
      join pg_class as child on child.oid = key.conrelid
      join pg_class as parent on parent.oid = key.confrelid
      join pg_namespace as schema on schema.oid = child.relnamespace
      left join pg_stat_user_tables as statistics on statistics.relid = child.oid
      left join pg_stat_user_tables as parent_statistics on parent_statistics.relid = parent.oid
      cross join lateral (
        with recursive tree (relid) as (
          select child.oid
          union all
          select part.inhrelid
          from tree
          join pg_inherits as part on part.inhparent = tree.relid
          where child.relkind = 'p'
        )
        select
          sum(pg_stat_get_numscans(relid))::float8 as seq_scans,
          sum(pg_stat_get_tuples_returned(relid))::float8 as seq_rows
        from tree
      ) as reads
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
              or string_to_array(
                replace(replace(pg_get_expr(pg_index.indpred, pg_index.indrelid), '(', ''), ')', ''),
                ' AND '
              ) <@ (
                select array_agg(quote_ident(attname) || ' IS NOT NULL')
                from pg_attribute
                where attrelid = key.conrelid and attnum = any (key.conkey)
              )
            )
        )
      order by parent_deletes desc, parent_updates desc, seq_rows desc, bytes desc, table_rows desc
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
    parent_updates: { role: 'gauge', label: 'Parent updates', unit: 'rows' },
    seq_scans: { role: 'gauge', label: 'Sequential scans', unit: 'count' },
    seq_rows: { role: 'gauge', label: 'Rows read by scans', unit: 'rows' },
    partly_by: { role: 'text', label: 'Partly served by' },
    definition: { role: 'text', label: 'What would serve it' },
  },
  keep: ['snapshot'],
  feeds: 'indexes.foreign-keys',
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
  draw: [],
  fixedBy: [
    {
      job: 'create-index-concurrently',
      label: 'Create the index',
      input: { database: '$database', definition: 'definition' },
    },
  ],
  runbook: {
    means:
      'PostgreSQL keeps no index for a foreign key by itself. To delete a row of the parent or to change its key it looks for the child’s rows, and here it must read the whole child table for each one.',
    confirm:
      'See how often parents are deleted, and explain a select of the child by the key’s columns. Joins from the parent to its children need the same index: without it each one scans the table. No server counts joins by a key, so keys are ranked by the deletes and updates of the parent, then by the rows that sequential scans of the table read since its statistics were reset. Reports, dumps and joins that want every row are among these. One that only leads with a part of the key may be enough where that part alone picks few rows.',
    act: 'Create the index concurrently: the button fills in the key’s columns.',
    avoid:
      'Do not count on a BRIN index or on included columns: neither finds the rows of one key. Where parents are never deleted and nothing joins by the key, mute the finding instead of paying for an index.',
  },
});
