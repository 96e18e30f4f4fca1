import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Uptime',
  why: 'A restart that nobody planned is a crash. It also empties the cache and, after a crash, the statistics that autovacuum works from.',
  source: 'https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 60,
  sql: {
    140000: `
      select
        extract(epoch from clock_timestamp() - pg_postmaster_start_time())::float8 as uptime_seconds,
        pg_postmaster_start_time()::text as started,
        pg_conf_load_time()::text as settings_read,
        extract(epoch from clock_timestamp() - pg_conf_load_time())::float8 as settings_read_seconds`,
  },
  columns: {
    uptime_seconds: { role: 'gauge', label: 'Uptime', unit: 'seconds' },
    started: { role: 'text', label: 'Started' },
    settings_read: { role: 'text', label: 'Settings read' },
    settings_read_seconds: { role: 'gauge', label: 'Settings read before', unit: 'seconds' },
  },
  keep: ['series', 'snapshot'],
  feeds: 'server.uptime',
  draw: [{ as: 'line', title: 'Uptime', columns: ['uptime_seconds'] }],
});
