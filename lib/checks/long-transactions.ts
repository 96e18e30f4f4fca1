import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Long transactions',
  why: 'An old transaction keeps dead rows alive in every table, holds its locks, and makes REINDEX and CREATE INDEX CONCURRENTLY wait. Idle in transaction is the worst kind: it does nothing for it.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 10,
  needs: [
    {
      role: 'pg_monitor',
      mend: 'grant pg_monitor to the watch login: without it other people’s sessions are hidden.',
    },
  ],
  sql: {
    140000: `
      select
        pid::text as pid,
        backend_start::text as backend_start,
        usename::text as username,
        datname::text as database,
        application_name as application,
        state,
        extract(epoch from clock_timestamp() - xact_start)::float8 as transaction_seconds,
        case
          when state like 'idle in transaction%' then extract(epoch from clock_timestamp() - state_change)::float8
        end as idle_seconds,
        concat_ws(': ', wait_event_type, wait_event) as waits_for,
        left(query, 2000) as query
      from pg_stat_activity
      where backend_type = 'client backend'
        and pid <> pg_backend_pid()
        and xact_start < clock_timestamp() - interval '5 s'
      order by xact_start
      limit 200`,
  },
  columns: {
    pid: { role: 'key', label: 'Process' },
    backend_start: { role: 'key', label: 'Session began' },
    username: { role: 'text', label: 'User' },
    database: { role: 'text', label: 'Database' },
    application: { role: 'text', label: 'Application' },
    state: { role: 'text', label: 'State' },
    transaction_seconds: { role: 'gauge', label: 'Transaction open', unit: 'seconds' },
    idle_seconds: { role: 'gauge', label: 'Idle in it', unit: 'seconds' },
    waits_for: { role: 'text', label: 'Waits for' },
    query: { role: 'text', label: 'Statement', literals: true },
  },
  keep: ['snapshot'],
  judge: [
    {
      column: 'idle_seconds',
      worse: 'above',
      warn: 300,
      crit: 900,
      sentence:
        'Process {pid} of {username} in {database} has been idle in a transaction for {idle_seconds}.',
    },
    {
      column: 'transaction_seconds',
      worse: 'above',
      warn: 1800,
      crit: 7200,
      sentence:
        'Process {pid} of {username} in {database} has had a transaction open for {transaction_seconds}.',
    },
  ],
  fixedBy: [
    {
      job: 'terminate-session',
      label: 'End the session',
      input: { pid: 'pid', backendStart: 'backend_start' },
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Transactions open for more than 5 s',
      columns: [
        'pid',
        'username',
        'database',
        'application',
        'state',
        'transaction_seconds',
        'idle_seconds',
        'waits_for',
        'query',
      ],
    },
  ],
  runbook: {
    means:
      'A transaction has been open for very long. It keeps its locks, and while it lives VACUUM may remove no row version that it might still see: tables and indexes grow everywhere.',
    confirm:
      'See who it is, from which host and application, and when its last statement was. “idle in transaction” means that the server waits for the client: nobody works. See whether others wait for its locks.',
    act: 'Ask its owner. When it is idle or nobody knows it, end the session: its transaction is rolled back. For the future set idle_in_transaction_session_timeout for that role.',
    avoid:
      'Do not end a migration, a dump or a bulk load without its owner: hours of work are rolled back. Never kill the process from the shell with -9: the whole server restarts.',
  },
});
