import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Dead rows',
  why: 'Rows that no transaction can see any more stay in the table until it is vacuumed: scans read them, indexes point at them, and the table grows around them.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 300,
  timeoutMs: 15_000,
  sql: {
    // From how many dead rows on autovacuum comes: the table's own settings go before the server's, and 18 caps it.
    140000: `
      select
        statistics.schemaname::text as schema,
        statistics.relname::text as "table",
        statistics.n_live_tup::float8 as live_rows,
        statistics.n_dead_tup::float8 as dead_rows,
        case
          when statistics.n_live_tup + statistics.n_dead_tup > 0
          then 100.0 * statistics.n_dead_tup / (statistics.n_live_tup + statistics.n_dead_tup)
        end::float8 as dead_percent,
        least(
          coalesce(own.vacuum_threshold, current_setting('autovacuum_vacuum_threshold')::float8)
          + coalesce(own.vacuum_scale, current_setting('autovacuum_vacuum_scale_factor')::float8)
          * greatest(class.reltuples, 0),
          nullif(coalesce(own.vacuum_max, current_setting('autovacuum_vacuum_max_threshold', true)::float8), -1)
        )::float8 as vacuumed_from,
        statistics.n_ins_since_vacuum::float8 as inserted_since_vacuum,
        coalesce(toast.n_dead_tup, 0)::float8 as toast_dead_rows,
        extract(
          epoch from clock_timestamp() - greatest(statistics.last_vacuum, statistics.last_autovacuum)
        )::float8 as vacuum_age_seconds,
        greatest(age(class.relfrozenxid), age(nullif(toast_class.relfrozenxid, '0'::xid)))::float8 as xid_age,
        case when coalesce(own.enabled, 'true') in ('false', 'off', 'no', '0') then 'off' else 'on' end as autovacuum
      from pg_stat_user_tables as statistics
      join pg_class as class on class.oid = statistics.relid
      left join pg_class as toast_class on toast_class.oid = class.reltoastrelid
      left join pg_stat_all_tables as toast on toast.relid = class.reltoastrelid
      left join lateral (
        select
          max(option_value) filter (where option_name = 'autovacuum_enabled') as enabled,
          max(option_value) filter (where option_name = 'autovacuum_vacuum_threshold')::float8 as vacuum_threshold,
          max(option_value) filter (where option_name = 'autovacuum_vacuum_scale_factor')::float8 as vacuum_scale,
          max(option_value) filter (where option_name = 'autovacuum_vacuum_max_threshold')::float8 as vacuum_max
        from pg_options_to_table(class.reloptions)
      ) as own on class.reloptions is not null
      where class.relkind in ('r', 'm')
        and class.relpersistence <> 't'
      order by statistics.n_dead_tup desc, statistics.relid
      limit 5000`,
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    live_rows: { role: 'gauge', label: 'Live rows', unit: 'rows' },
    dead_rows: { role: 'gauge', label: 'Dead rows', unit: 'rows' },
    dead_percent: { role: 'gauge', label: 'Dead share', unit: 'percent' },
    vacuumed_from: { role: 'gauge', label: 'Autovacuum from', unit: 'rows' },
    inserted_since_vacuum: { role: 'gauge', label: 'Inserted since vacuum', unit: 'rows' },
    toast_dead_rows: { role: 'gauge', label: 'Dead TOAST chunks', unit: 'rows' },
    vacuum_age_seconds: { role: 'gauge', label: 'Last vacuum', unit: 'seconds' },
    xid_age: { role: 'gauge', label: 'Transaction id age', unit: 'transactions' },
    autovacuum: { role: 'text', label: 'Autovacuum' },
  },
  keep: ['snapshot'],
  snapshotRows: 5000,
  feeds: 'tables.vacuum',
  judge: [
    {
      // Autovacuum comes at a fifth by default: who stays above it for a quarter of an hour is not being vacuumed.
      column: 'dead_percent',
      worse: 'above',
      warn: 20,
      crit: 60,
      forSeconds: 900,
      minimum: { column: 'dead_rows', value: 10_000 },
      sentence:
        '{dead_percent} of the rows of {schema}.{table} in {database} are dead ({dead_rows}; autovacuum is {autovacuum} and comes from {vacuumed_from} on; last vacuum {vacuum_age_seconds} ago).',
    },
  ],
  draw: [],
  fixedBy: [
    {
      job: 'vacuum-table',
      label: 'Vacuum it',
      input: { database: '$database', schema: 'schema', table: 'table' },
    },
  ],
  runbook: {
    means:
      'Updates and deletes leave the old row behind until a vacuum. This table has collected more of them than autovacuum should let stand, and has for a quarter of an hour.',
    confirm:
      'Look at the Vacuum section of the Tables page: is something holding the xmin horizon, are all autovacuum workers busy, is autovacuum off for this table?',
    act: 'If a session, slot or prepared transaction holds the horizon, end that first: no vacuum can remove what it may still see. Then vacuum the table. If it comes back, take the per-table settings that the page proposes.',
    avoid:
      'Do not run VACUUM FULL on a table in use: it locks out all reads and writes until it is done. Do not switch autovacuum off because it is busy.',
  },
});
