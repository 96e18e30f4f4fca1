import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Stale statistics',
  why: 'The planner believes what the last analyze saw: after many changes it picks plans for a table that no longer exists.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 300,
  timeoutMs: 15_000,
  sql: {
    // Changes are counted since the last analyze; of a table that never had one, all rows are new to the planner.
    // Autovacuum never analyzes a partitioned table itself (manual: ANALYZE): it is listed, not judged.
    140000: `
      select
        schema,
        "table",
        kind,
        live_rows,
        changed_rows,
        case
          when kind = 'partitioned' then null
          when live_rows + changed_rows = 0 then null
          when analyzed is null then 100
          else 100 * changed_rows / greatest(live_rows, changed_rows)
        end::float8 as changed_percent,
        case when kind <> 'partitioned' then greatest(changed_rows, case when analyzed is null then live_rows else 0 end)
        end::float8 as unseen_rows,
        extract(epoch from clock_timestamp() - analyzed)::float8 as analyze_age_seconds,
        case when analyzed is null then 'never analyzed' else 'analyzed' end as state
      from (
        select
          statistics.schemaname::text as schema,
          statistics.relname::text as "table",
          case class.relkind when 'p' then 'partitioned' when 'm' then 'materialized view' else 'table' end as kind,
          greatest(statistics.n_live_tup, class.reltuples, 0)::float8 as live_rows,
          statistics.n_mod_since_analyze::float8 as changed_rows,
          greatest(statistics.last_analyze, statistics.last_autoanalyze) as analyzed
        from pg_stat_user_tables as statistics
        join pg_class as class on class.oid = statistics.relid
        where class.relkind in ('r', 'm', 'p')
          and class.relpersistence <> 't'
      ) as seen
      order by unseen_rows desc nulls last, 1, 2
      limit 5000`,
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    kind: { role: 'text', label: 'Kind' },
    live_rows: { role: 'gauge', label: 'Live rows', unit: 'rows' },
    changed_rows: { role: 'gauge', label: 'Changed since analyze', unit: 'rows' },
    changed_percent: { role: 'gauge', label: 'Changed share', unit: 'percent' },
    unseen_rows: { role: 'gauge', label: 'Rows unknown to the planner', unit: 'rows' },
    analyze_age_seconds: { role: 'gauge', label: 'Last analyze', unit: 'seconds' },
    state: { role: 'text', label: 'Statistics' },
  },
  keep: ['snapshot'],
  snapshotRows: 5000,
  feeds: 'tables.statistics',
  judge: [
    {
      // Autovacuum analyzes at a tenth by default: twice that for a quarter of an hour means that it does not come.
      column: 'changed_percent',
      worse: 'above',
      warn: 20,
      forSeconds: 900,
      minimum: { column: 'unseen_rows', value: 10_000 },
      sentence:
        'The planner’s statistics of {schema}.{table} in {database} are stale ({state}; {unseen_rows} rows changed since, {changed_percent} of the table).',
    },
  ],
  draw: [],
  fixedBy: [
    {
      job: 'analyze-table',
      label: 'Analyze it',
      input: { database: '$database', schema: 'schema', table: 'table' },
    },
  ],
  runbook: {
    means:
      'More than a fifth of the table changed since its statistics were taken, or they never were (after pg_restore or a server upgrade there are none). Row estimates, and so plans, may be wrong by orders of magnitude.',
    confirm:
      'Explain a query on this table: compare the estimated with the actual rows. Check when it was last analyzed on the Tables page.',
    act: 'Analyze the table: it reads a sample and takes only a light lock. If it comes back, lower autovacuum_analyze_scale_factor for this table.',
    avoid: 'Do not force plans by settings or hints before the statistics are fresh.',
  },
});
