import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Deadlocks',
  why: 'Two transactions each wait for what the other holds: the server ends one of them, and its user gets an error. It is the application’s order of locking that is wrong.',
  source: 'https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS',
  target: 'instance',
  runsOn: 'primary',
  everySeconds: 60,
  sql: {
    140000: `
      select
        datname::text as database,
        deadlocks::float8 as deadlocks,
        stats_reset::text as stats_reset
      from pg_stat_database
      where datname is not null
        and datname not in ('template0', 'template1')`,
  },
  columns: {
    database: { role: 'key', label: 'Database' },
    deadlocks: { role: 'counter', label: 'Deadlocks', unit: 'count' },
    stats_reset: { role: 'text', label: 'Counting since' },
  },
  keep: ['series'],
  maxSeries: { by: 'deadlocks', count: 50 },
  judge: [
    {
      column: 'deadlocks',
      worse: 'above',
      warn: 1,
      crit: 20,
      sentence:
        'Deadlocks in {database} in the last minute: {deadlocks}. Each ended a transaction with an error.',
    },
  ],
  draw: [{ as: 'stacked', title: 'Deadlocks', columns: ['deadlocks'] }],
  runbook: {
    means:
      'Transactions lock the same rows or tables in different orders. After deadlock_timeout (1 s) the server ends one; the other goes on.',
    confirm: 'The server’s log names both statements and what each waited for: look for “deadlock detected”.',
    act: 'Make all code lock in one order (rows sorted by their key, tables in one order), keep transactions short, and let the application try again when it gets SQLSTATE 40P01.',
    avoid:
      'Don’t raise deadlock_timeout to hide them: both then wait longer. Don’t lock whole tables to be safe.',
  },
});
