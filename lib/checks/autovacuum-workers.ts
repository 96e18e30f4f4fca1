import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Autovacuum workers',
  why: 'When all workers are busy for long, tables wait for their vacuum while dead rows pile up: there are too few, or they are throttled too hard.',
  source: 'https://www.postgresql.org/docs/current/runtime-config-autovacuum.html',
  target: 'instance',
  runsOn: 'primary',
  everySeconds: 60,
  sql: {
    140000: `
      select
        count(*)::float8 as running,
        current_setting('autovacuum_max_workers')::float8 as allowed,
        (100.0 * count(*) / current_setting('autovacuum_max_workers')::float8)::float8 as busy_percent,
        current_setting('autovacuum') as autovacuum,
        (current_setting('autovacuum') = 'off')::int::float8 as is_off
      from pg_stat_activity
      where backend_type = 'autovacuum worker'`,
  },
  columns: {
    running: { role: 'gauge', label: 'Running', unit: 'count' },
    allowed: { role: 'gauge', label: 'Allowed', unit: 'count' },
    busy_percent: { role: 'gauge', label: 'Workers busy', unit: 'percent' },
    autovacuum: { role: 'text', label: 'Autovacuum' },
    is_off: { role: 'gauge', label: 'Switched off', unit: 'none' },
  },
  keep: ['series', 'snapshot'],
  feeds: 'tables.workers',
  judge: [
    {
      column: 'busy_percent',
      worse: 'above',
      warn: 100,
      forSeconds: 1800,
      sentence: 'All {allowed} autovacuum workers of {instance} have been busy for half an hour.',
    },
    {
      column: 'is_off',
      worse: 'above',
      warn: 1,
      forSeconds: 300,
      sentence: 'Autovacuum is switched off on {instance}: dead rows stay and statistics age.',
    },
  ],
  draw: [{ as: 'line', title: 'Autovacuum workers', columns: ['running', 'allowed'] }],
  runbook: {
    means:
      'Every autovacuum worker is at work without a pause, so the next table that needs one waits; or autovacuum is off altogether.',
    confirm:
      'See which vacuums run and how far they are (Tables page, section Vacuum). One huge table may keep a worker for hours and be no fault.',
    act: 'Raise autovacuum_vacuum_cost_limit (workers share it) before autovacuum_max_workers. Give large tables settings of their own so that each vacuum has less to do. Switch autovacuum on again if it was off.',
    avoid:
      'Do not kill workers: they begin anew. Do not raise the number of workers alone: they share one cost limit.',
  },
});
