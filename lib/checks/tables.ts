import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Tables',
  why: 'Which tables hold the space, and which of them grow, decides what a backup, a restore and a full disk will cost.',
  source: 'https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-DBSIZE',
  target: 'database',
  runsOn: 'any',
  everySeconds: 600,
  timeoutMs: 20_000,
  sql: {
    // Asking for a size opens the relation: behind an exclusive lock it would wait, so what is locked is left out.
    // Files of the largest tables are measured; opening tens of thousands would fill the session's memory, so of the
    // others the last vacuum's or analyze's page count is taken, and said.
    140000: `
      with locked as materialized (
        select distinct relation
        from pg_locks
        where mode = 'AccessExclusiveLock'
          and relation is not null
      ),
      tables as materialized (
        select
          class.oid,
          schema.nspname,
          class.relname,
          class.relkind,
          class.relispartition,
          class.reltoastrelid,
          class.reltuples,
          pg_stat_get_live_tuples(class.oid) as live,
          pg_stat_get_dead_tuples(class.oid) as dead,
          row_number() over (
            order by greatest(class.relpages, pg_stat_get_live_tuples(class.oid) / 100) desc, class.oid
          ) as place
        from pg_class as class
        join pg_namespace as schema on schema.oid = class.relnamespace
        where class.relkind in ('r', 'm', 'p')
          and class.relpersistence <> 't'
          and schema.nspname not in ('pg_catalog', 'information_schema')
          and schema.nspname not like 'pg\\_toast%'
        order by place
        limit 5000
      ),
      files as (
        select oid as table_oid, place, oid as file, 'heap' as part
        from tables
        where relkind <> 'p'
        union all
        select oid, place, reltoastrelid, 'toast'
        from tables
        where reltoastrelid <> 0
        union all
        select tables.oid, place, indexrelid, case when indrelid = tables.oid then 'index' else 'toast' end
        from tables
        join pg_index on indrelid in (tables.oid, tables.reltoastrelid)
        where relkind <> 'p'
      ),
      sizes as (
        select
          table_oid,
          sum(bytes) filter (where part = 'heap') as heap,
          sum(bytes) filter (where part = 'toast') as toast,
          sum(bytes) filter (where part = 'index') as index,
          bool_or(is_locked) as is_locked
        from (
          select
            table_oid,
            part,
            file in (select relation from locked) as is_locked,
            case
              when file in (select relation from locked) then null
              when place <= 500 then pg_relation_size(file)
              else class.relpages * current_setting('block_size')::int8
            end as bytes
          from files
          join pg_class as class on class.oid = file
        ) as measured
        group by table_oid
      )
      select
        tables.nspname::text as schema,
        tables.relname::text as "table",
        case
          when tables.relkind = 'p' then 'partitioned'
          when tables.relispartition then 'partition'
          when tables.relkind = 'm' then 'materialized view'
          else 'table'
        end as kind,
        root_schema.nspname::text as root_schema,
        root.relname::text as root_table,
        case when not is_locked then heap end::float8 as heap_bytes,
        case when not is_locked then coalesce(toast, 0) end::float8 as toast_bytes,
        case when not is_locked then coalesce(index, 0) end::float8 as index_bytes,
        case when not is_locked then heap + coalesce(toast, 0) + coalesce(index, 0) end::float8 as bytes,
        case
          when tables.relkind = 'p' then 'sum of its partitions'
          when is_locked then 'not read: locked exclusively'
          when place <= 500 then 'measured'
          else 'as of its last vacuum or analyze'
        end as size_method,
        case when tables.relkind <> 'p' then case when live = 0 then greatest(tables.reltuples, 0) else live end end::float8 as live_rows,
        case when tables.relkind <> 'p' then dead end::float8 as dead_rows
      from tables
      left join sizes on sizes.table_oid = tables.oid
      left join pg_class as root on tables.relispartition and root.oid = pg_partition_root(tables.oid)
      left join pg_namespace as root_schema on root_schema.oid = root.relnamespace
      order by place`,
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    kind: { role: 'text', label: 'Kind' },
    root_schema: { role: 'text', label: 'Schema of its root' },
    root_table: { role: 'text', label: 'Partition of' },
    heap_bytes: { role: 'gauge', label: 'Rows’ size', unit: 'bytes' },
    toast_bytes: { role: 'gauge', label: 'TOAST', unit: 'bytes' },
    index_bytes: { role: 'gauge', label: 'Indexes', unit: 'bytes' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    size_method: { role: 'text', label: 'How it was sized' },
    live_rows: { role: 'gauge', label: 'Live rows', unit: 'rows' },
    dead_rows: { role: 'gauge', label: 'Dead rows', unit: 'rows' },
  },
  keep: ['series', 'snapshot'],
  snapshotRows: 5000,
  feeds: 'tables.sizes',
  maxSeries: { by: 'bytes', count: 100 },
  draw: [],
});
