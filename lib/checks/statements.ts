import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Statements',
  why: 'Where the database’s time goes. The slowest statement is seldom the one that costs the most.',
  source: 'https://www.postgresql.org/docs/current/pgstatstatements.html',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 60,
  timeoutMs: 15_000,
  needs: [
    {
      extension: 'pg_stat_statements',
      mend: "Add pg_stat_statements to shared_preload_libraries, restart the server, then run create extension pg_stat_statements in the instance's maintenance database.",
    },
    {
      role: 'pg_monitor',
      mend: 'grant pg_monitor to the watch login: without it other people’s statements are hidden.',
    },
  ],
  rowsFrom: 'statements',
  columns: {
    database: { role: 'key', label: 'Database' },
    username: { role: 'key', label: 'User' },
    queryid: { role: 'key', label: 'Query id' },
    toplevel: { role: 'key', label: 'Top level' },
    calls: { role: 'counter', label: 'Calls', unit: 'count' },
    total_ms: { role: 'counter', label: 'Time', unit: 'milliseconds' },
    rows: { role: 'counter', label: 'Rows', unit: 'rows' },
    shared_hit: { role: 'counter', label: 'Blocks found', unit: 'count' },
    shared_read: { role: 'counter', label: 'Blocks read', unit: 'count' },
    temp_written: { role: 'counter', label: 'Temporary blocks written', unit: 'count' },
    wal_bytes: { role: 'counter', label: 'WAL', unit: 'bytes' },
  },
  // Its source keeps its own store: thousands of statements a minute are not series.
  keep: [],
  draw: [],
});
