import { defineCheck } from '@/lib/engine/define-check';
import { helperMend, statisticsHelper } from '@/lib/procedures/bloat-sql';

/**
 * Bounds come as the server prints them; those of one date, timestamp or integer column are read as numbers
 * (seconds, or the integers themselves). How many partitions lie ahead is counted in widths of the last one.
 * No range takes a NULL, so a default partition that holds NULLs is normal: only what is not NULL there is judged.
 */
const partitionsSql = (statistics: string) => `
      with parents as (
        select
          parent.oid as parent,
          parent.relname,
          parent.relnamespace,
          partitioned.partstrat,
          partitioned.partnatts,
          partitioned.partattrs,
          partitioned.partstrat = 'r' and partitioned.partnatts = 1
            and type.typname in ('date', 'timestamp', 'timestamptz') as by_time,
          partitioned.partstrat = 'r' and partitioned.partnatts = 1
            and type.typname in ('int2', 'int4', 'int8') as by_number
        from pg_partitioned_table as partitioned
        join pg_class as parent on parent.oid = partitioned.partrelid
        left join pg_attribute as attribute
          on attribute.attrelid = parent.oid and attribute.attnum = partitioned.partattrs[0]
        left join pg_type as type on type.oid = attribute.atttypid
      ),
      locked as materialized (
        select distinct relation
        from pg_locks
        where mode = 'AccessExclusiveLock'
          and relation is not null
      ),
      ranges as (
        select
          parents.parent,
          child.oid as child,
          child.relpages,
          bound = 'DEFAULT' as is_default,
          substring(bound from 'FROM \\(''?([^'')]+)''?\\) TO') as lower_text,
          substring(bound from 'TO \\(''?([^'')]+)''?\\)') as upper_text,
          by_time,
          by_number
        from parents
        join pg_inherits as link on link.inhparent = parents.parent
        join pg_class as child on child.oid = link.inhrelid
        cross join lateral pg_get_expr(child.relpartbound, child.oid) as bound
      ),
      placed as (
        select
          *,
          case
            when lower_text is null or not (by_time or by_number) then null
            when lower_text = 'MINVALUE' then '-infinity'
            when by_time then extract(epoch from lower_text::timestamptz)::float8
            else lower_text::float8
          end as lower_bound,
          case
            when upper_text is null or not (by_time or by_number) then null
            when upper_text = 'MAXVALUE' then 'infinity'
            when by_time then extract(epoch from upper_text::timestamptz)::float8
            else upper_text::float8
          end as upper_bound
        from ranges
      ),
      gaps as (
        select
          parent,
          count(*) filter (where lower_bound > ended)::float8 as gaps,
          (array_agg(ended_text || ' to ' || lower_text order by lower_bound) filter (where lower_bound > ended))[1] as first_gap
        from (
          select
            parent,
            lower_bound,
            lower_text,
            lag(upper_bound) over by_place as ended,
            lag(upper_text) over by_place as ended_text
          from placed
          where lower_bound is not null
          window by_place as (partition by parent order by lower_bound)
        ) as beside
        group by parent
      ),
      last_range as (
        select distinct on (parent) parent, lower_bound, upper_bound, upper_text
        from placed
        where by_time
          and abs(upper_bound) < 'infinity'
          and abs(lower_bound) < 'infinity'
        order by parent, upper_bound desc
      ),
      defaults as (
        select
          parents.parent,
          class.oid as child,
          coalesce(nullif(greatest(class.reltuples, statistics.n_live_tup), -1), 0)::float8 as rows,
          (
            select
              case
                when 0 = any (parents.partattrs::int2[]) then null
                when count(seen.null_frac) < parents.partnatts then null
                else max(seen.null_frac)
              end
            from pg_attribute as attribute
            ${statistics}
            where attribute.attrelid = parents.parent
              and attribute.attnum = any (parents.partattrs::int2[])
          ) as null_share
        from parents
        join ranges on ranges.parent = parents.parent and ranges.is_default
        join pg_class as class on class.oid = ranges.child
        join pg_namespace as schema on schema.oid = class.relnamespace
        left join pg_stat_user_tables as statistics on statistics.relid = class.oid
      )
      select
        schema.nspname::text as schema,
        parents.relname::text as "table",
        case parents.partstrat when 'r' then 'range' when 'l' then 'list' else 'hash' end as strategy,
        count(placed.child)::float8 as partitions,
        max(last_range.upper_text) as covered_until,
        max(
          (last_range.upper_bound - extract(epoch from clock_timestamp())::float8)
          / nullif(last_range.upper_bound - last_range.lower_bound, 0)
        )::float8 as ahead,
        max(gaps.gaps) as gaps,
        max(gaps.first_gap) as first_gap,
        max(defaults.rows) as default_rows,
        case when parents.partstrat = 'r' then round(max(defaults.rows * (1 - defaults.null_share))) end::float8 as misplaced_rows,
        case
          when parents.partstrat = 'r' and max(defaults.rows) > 0 and max(defaults.null_share) is null
          then 'its default partition holds rows, and whether their keys are NULL cannot be seen'
        end as not_known,
        case
          when parents.partstrat = 'r' and max(defaults.rows) > 0 and max(defaults.null_share) is null
          then ${helperMend()}
        end as mend,
        sum(
          case
            when placed.child in (select relation from locked) then placed.relpages * current_setting('block_size')::int8
            else pg_relation_size(placed.child)
          end
        )::float8 as bytes
      from parents
      join pg_namespace as schema on schema.oid = parents.relnamespace
      left join placed on placed.parent = parents.parent
      left join last_range on last_range.parent = parents.parent
      left join gaps on gaps.parent = parents.parent
      left join defaults on defaults.parent = parents.parent
      group by parents.parent, schema.nspname, parents.relname, parents.partstrat
      order by 1, 2
      limit 500`;

export default defineCheck({
  title: 'Partitions ahead',
  why: 'When no partition takes the next row, inserts fail, or fill the default partition from which they must be moved later.',
  source: 'https://www.postgresql.org/docs/current/ddl-partitioning.html',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 120,
  timeoutMs: 15_000,
  sql: {
    140000: partitionsSql(`left join pg_stats as seen
              on seen.schemaname = schema.nspname
              and seen.tablename = class.relname
              and seen.attname = attribute.attname
              and not seen.inherited`),
  },
  // pg_stats shows a login only what it may select. The optional helper gives null shares, never values.
  preferred: {
    function: statisticsHelper,
    sql: partitionsSql(`left join lateral (
              select helper.null_frac
              from plumbline.column_statistics() as helper
              join pg_attribute as own on own.attrelid = helper.relid and own.attnum = helper.attnum
              where helper.relid = class.oid
                and own.attname = attribute.attname
            ) as seen on true`),
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    strategy: { role: 'text', label: 'By' },
    partitions: { role: 'gauge', label: 'Partitions', unit: 'count' },
    covered_until: { role: 'text', label: 'Covered until' },
    ahead: { role: 'gauge', label: 'Partitions ahead', unit: 'count' },
    gaps: { role: 'gauge', label: 'Gaps', unit: 'count' },
    first_gap: { role: 'text', label: 'First gap' },
    default_rows: { role: 'gauge', label: 'Rows in default', unit: 'rows' },
    misplaced_rows: { role: 'gauge', label: 'Of them not NULL', unit: 'rows' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    not_known: { role: 'text', label: 'Why not known' },
    mend: { role: 'text', label: 'What mends it' },
  },
  keep: ['snapshot'],
  feeds: 'tables.partitions',
  judge: [
    {
      column: 'ahead',
      worse: 'below',
      warn: 1,
      crit: 0,
      sentence:
        'The partitions of {schema}.{table} in {database} end at {covered_until}: the next one is missing.',
    },
    {
      column: 'gaps',
      worse: 'above',
      warn: 1,
      sentence:
        'No partition of {schema}.{table} in {database} takes rows from {first_gap}: there are {gaps} gaps.',
    },
    {
      column: 'misplaced_rows',
      worse: 'above',
      warn: 1,
      unknownFrom: 'not_known',
      unknownMendFrom: 'mend',
      sentence:
        'About {misplaced_rows} rows of {schema}.{table} in {database} lie in its default partition with keys that are not NULL: no range took them.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Partitioned tables',
      columns: [
        'schema',
        'table',
        'strategy',
        'partitions',
        'covered_until',
        'ahead',
        'gaps',
        'default_rows',
        'misplaced_rows',
        'bytes',
      ],
    },
  ],
  fixedBy: [
    {
      job: 'partition-create-ahead',
      label: 'Create the next partitions',
      input: { database: '$database', schema: 'schema', table: 'table' },
    },
  ],
  runbook: {
    means:
      'A row goes to the partition whose range holds its key. Where there is none (beyond the last, or in a gap) the insert fails, or the row lands in the default partition.',
    confirm:
      'Compare the bounds with the keys that are written today. Rows with a NULL key in the default partition are normal, and so is any row in the default of a list.',
    act: 'Create the next partitions ahead of time, and put that job on a schedule. Rows that lie in the default must be moved before a partition for their range can be made: the plan says so.',
    avoid:
      'Do not attach or create a partition for a range of which the default holds rows: it fails, after reading the whole default under an exclusive lock.',
  },
});
