import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Partitions ahead',
  why: 'When no partition takes the next row, inserts fail, or fill the default partition from which they must be moved later.',
  source: 'https://www.postgresql.org/docs/current/ddl-partitioning.html',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 120,
  timeoutMs: 15_000,
  sql: {
    // Bounds come as the server prints them; only those of one date or timestamp column are read as times. How many
    // partitions lie ahead is counted in widths of the last one.
    140000: `
      with parts as (
        select
          parent.oid as parent,
          child.oid as child,
          pg_get_expr(child.relpartbound, child.oid) as bound,
          type.typname in ('date', 'timestamp', 'timestamptz') as by_time
        from pg_partitioned_table as partitioned
        join pg_class as parent on parent.oid = partitioned.partrelid
        join pg_inherits as link on link.inhparent = parent.oid
        join pg_class as child on child.oid = link.inhrelid
        join pg_attribute as attribute on attribute.attrelid = parent.oid and attribute.attnum = partitioned.partattrs[0]
        join pg_type as type on type.oid = attribute.atttypid
        where partitioned.partstrat = 'r'
          and partitioned.partnatts = 1
      ),
      ranges as (
        select
          parent,
          child,
          bound = 'DEFAULT' as is_default,
          case when by_time then substring(bound from 'FROM \\(''([^'']+)''\\)')::timestamptz end as lower_bound,
          case when by_time then substring(bound from 'TO \\(''([^'']+)''\\)')::timestamptz end as upper_bound
        from parts
      ),
      last_range as (
        select distinct on (parent) parent, lower_bound, upper_bound
        from ranges
        where upper_bound is not null and lower_bound is not null and isfinite(upper_bound) and isfinite(lower_bound)
        order by parent, upper_bound desc
      )
      select
        schema.nspname::text as schema,
        class.relname::text as "table",
        count(*)::float8 as partitions,
        max(last_range.upper_bound)::text as covered_until,
        max(
          extract(epoch from last_range.upper_bound - clock_timestamp())
          / nullif(extract(epoch from last_range.upper_bound - last_range.lower_bound), 0)
        )::float8 as ahead,
        max(
          case when default_class.reltuples >= 0 then default_class.reltuples else default_statistics.n_live_tup end
        )::float8 as default_rows,
        sum(pg_relation_size(ranges.child))::float8 as bytes
      from ranges
      join pg_class as class on class.oid = ranges.parent
      join pg_namespace as schema on schema.oid = class.relnamespace
      left join last_range on last_range.parent = ranges.parent
      left join pg_class as default_class on default_class.oid = ranges.child and ranges.is_default
      left join pg_stat_user_tables as default_statistics on default_statistics.relid = default_class.oid
      group by schema.nspname, class.relname
      order by 1, 2
      limit 500`,
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    partitions: { role: 'gauge', label: 'Partitions', unit: 'count' },
    covered_until: { role: 'text', label: 'Covered until' },
    ahead: { role: 'gauge', label: 'Partitions ahead', unit: 'count' },
    default_rows: { role: 'gauge', label: 'Rows in default', unit: 'rows' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
  },
  keep: ['snapshot'],
  judge: [
    {
      column: 'ahead',
      worse: 'below',
      warn: 1,
      crit: 0,
      sentence:
        'The partitions of {schema}.{table} in {database} end at {covered_until}: the next one is missing.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Range-partitioned tables',
      columns: ['schema', 'table', 'partitions', 'covered_until', 'ahead', 'default_rows', 'bytes'],
    },
  ],
  fixedBy: [
    {
      job: 'partition-create-ahead',
      label: 'Create the next partitions',
      input: { database: '$database', schema: 'schema', table: 'table' },
    },
  ],
});
