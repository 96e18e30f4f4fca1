import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Running vacuums',
  why: 'A vacuum that reads the indexes more than once has too little memory for its list of dead rows and takes several times as long.',
  source: 'https://www.postgresql.org/docs/current/progress-reporting.html#VACUUM-PROGRESS-REPORTING',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 60,
  sql: {
    140000: `
      select
        progress.pid::text as process,
        schema.nspname::text as schema,
        class.relname::text as "table",
        progress.phase,
        case when progress.heap_blks_total > 0
          then 100.0 * progress.heap_blks_scanned / progress.heap_blks_total
        end::float8 as scanned_percent,
        progress.index_vacuum_count::float8 as index_passes,
        extract(epoch from clock_timestamp() - activity.xact_start)::float8 as seconds,
        case
          when activity.backend_type <> 'autovacuum worker' then 'by hand or job'
          when activity.query like '%(to prevent wraparound)' then 'autovacuum, to prevent wraparound'
          else 'autovacuum'
        end as started_by
      from pg_stat_progress_vacuum as progress
      join pg_class as class on class.oid = progress.relid
      join pg_namespace as schema on schema.oid = class.relnamespace
      left join pg_stat_activity as activity on activity.pid = progress.pid
      where progress.datname = current_database()
      order by seconds desc nulls last
      limit 100`,
  },
  columns: {
    process: { role: 'key', label: 'Process' },
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    phase: { role: 'text', label: 'Phase' },
    scanned_percent: { role: 'gauge', label: 'Scanned', unit: 'percent' },
    index_passes: { role: 'gauge', label: 'Index passes', unit: 'count' },
    seconds: { role: 'gauge', label: 'Running for', unit: 'seconds' },
    started_by: { role: 'text', label: 'Started by' },
  },
  keep: ['snapshot'],
  feeds: 'tables.vacuums',
  judge: [
    {
      column: 'index_passes',
      worse: 'above',
      warn: 2,
      sentence:
        'The vacuum of {schema}.{table} in {database} ({started_by}) has read all indexes {index_passes} times: maintenance_work_mem is too small for its dead rows.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Vacuums that run now',
      columns: [
        'schema',
        'table',
        'phase',
        'scanned_percent',
        'index_passes',
        'seconds',
        'started_by',
        'process',
      ],
    },
  ],
  runbook: {
    means:
      'Vacuum keeps the places of dead rows in memory and reads every index each time that is full. A second pass doubles the work.',
    confirm:
      'Compare maintenance_work_mem (or autovacuum_work_mem, when it is set) with the table’s dead rows.',
    act: 'Let this vacuum finish. Raise autovacuum_work_mem for the next; before 17 more than 1 GB is not used. Give the table a lower scale factor, so that it is vacuumed with fewer dead rows.',
    avoid: 'Do not cancel it: the index passes that were made are lost.',
  },
});
