import { defineCheck } from '@/lib/engine/define-check';

// What a table would need if its rows were packed, from the planner's statistics: 24 bytes of tuple header (a null
// bitmap where there are nulls), 4 of line pointer, the columns' average widths, rounded up to 8, in pages of fillfactor.
const estimate = (columnWidths: string) => `
      with widths as (
        ${columnWidths}
      ),
      tables as (
        select
          class.oid,
          schema.nspname::text as schema,
          class.relname::text as "table",
          class.reltuples,
          class.relpages,
          current_setting('block_size')::float8 as page,
          coalesce(
            (select option_value::float8 from pg_options_to_table(class.reloptions) where option_name = 'fillfactor'),
            100
          ) / 100 as fillfactor,
          statistics.n_mod_since_analyze,
          greatest(statistics.last_analyze, statistics.last_autoanalyze) as analyzed,
          widths.width,
          widths.columns_seen,
          widths.nullable,
          (
            select count(*)
            from pg_attribute
            where attrelid = class.oid and attnum > 0 and not attisdropped
          ) as columns_all
        from pg_class as class
        join pg_namespace as schema on schema.oid = class.relnamespace
        join pg_stat_user_tables as statistics on statistics.relid = class.oid
        left join widths on widths.relid = class.oid
        where class.relkind in ('r', 'm')
          and class.relpersistence <> 't'
          and class.relpages >= 128
      ),
      judged as (
        select
          *,
          relpages * page as bytes,
          ceil(
            reltuples * (ceil((case when nullable then 28 else 24 end + width) / 8) * 8 + 4) / ((page - 24) * fillfactor)
          ) * page as needed,
          extract(epoch from clock_timestamp() - analyzed) as statistics_age_seconds,
          case
            when analyzed is null or reltuples < 0 then 'never analyzed: there is nothing to estimate from'
            when coalesce(columns_seen, 0) < columns_all then 'statistics of its columns cannot be read by this login'
            when n_mod_since_analyze > 0.2 * greatest(reltuples, 1000)
              then 'statistics are too old: more than a fifth of its rows changed since'
          end as not_known
        from tables
      )
      select
        schema,
        "table",
        bytes::float8 as bytes,
        case when not_known is null then greatest(0, bytes - needed) end::float8 as bloat_bytes,
        case when not_known is null then 100 * greatest(0, bytes - needed) / bytes end::float8 as bloat_percent,
        statistics_age_seconds::float8 as statistics_age_seconds,
        'estimate' as method,
        not_known
      from judged
      order by coalesce(greatest(0, bytes - needed), bytes) desc
      limit 100`;

export default defineCheck({
  title: 'Table bloat',
  why: 'Space of dead rows that was never given back makes every scan, backup and cache slower and larger than the data is.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 120,
  timeoutMs: 15_000,
  sql: {
    140000: estimate(`
        select
          format('%I.%I', schemaname, tablename)::regclass::oid as relid,
          sum((1 - null_frac) * avg_width) as width,
          bool_or(null_frac > 0) as nullable,
          count(*) as columns_seen
        from pg_stats
        where schemaname not in ('pg_catalog', 'information_schema')
          and not inherited
        group by schemaname, tablename`),
  },
  // pg_stats shows a login only what it may select. The optional helper gives widths, never values.
  preferred: {
    function: 'plumbline.column_widths()',
    sql: estimate(`
        select
          relid,
          sum((1 - null_frac) * avg_width) as width,
          bool_or(null_frac > 0) as nullable,
          count(*) as columns_seen
        from plumbline.column_widths()
        group by relid`),
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    bloat_bytes: { role: 'gauge', label: 'Dead space', unit: 'bytes' },
    bloat_percent: { role: 'gauge', label: 'Dead space share', unit: 'percent' },
    statistics_age_seconds: { role: 'gauge', label: 'Statistics’ age', unit: 'seconds' },
    method: { role: 'text', label: 'Method' },
    not_known: { role: 'text', label: 'Why not known' },
  },
  keep: ['snapshot'],
  judge: [
    {
      column: 'bloat_percent',
      worse: 'above',
      warn: 50,
      crit: 80,
      minimum: { column: 'bloat_bytes', value: 52_428_800 },
      unknownFrom: 'not_known',
      unknownMend:
        'Run analyze where statistics are missing or old; where this login may not read them, create the optional schema plumbline of its GRANT script.',
      sentence:
        'About {bloat_percent} of {schema}.{table} in {database} is dead space ({bloat_bytes}; estimated from statistics {statistics_age_seconds} old).',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Tables with the most dead space',
      columns: [
        'schema',
        'table',
        'bytes',
        'bloat_bytes',
        'bloat_percent',
        'statistics_age_seconds',
        'method',
        'not_known',
      ],
    },
  ],
});
