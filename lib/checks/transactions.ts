import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Transactions',
  why: 'The pulse of the server. A sudden fall is an outage seen from inside; a high rollback share is an application that fails and tries again.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-VIEW',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 10,
  sql: {
    140000: `
      select
        datname as database,
        (xact_commit + xact_rollback)::float8 as transactions,
        xact_commit::float8 as commits,
        xact_rollback::float8 as rollbacks,
        deadlocks::float8 as deadlocks,
        stats_reset::text as stats_reset
      from pg_stat_database
      where datname is not null
        and datname not in ('template0', 'template1')`,
  },
  columns: {
    database: { role: 'key', label: 'Database' },
    transactions: { role: 'counter', label: 'Transactions', unit: 'transactions' },
    commits: { role: 'counter', label: 'Commits', unit: 'transactions' },
    rollbacks: { role: 'counter', label: 'Rollbacks', unit: 'transactions' },
    deadlocks: { role: 'counter', label: 'Deadlocks', unit: 'count' },
    stats_reset: { role: 'text', label: 'Counting since' },
  },
  ratios: {
    rollback_share: { label: 'Rollback share', of: ['rollbacks'], over: ['transactions'] },
  },
  keep: ['series'],
  maxSeries: { by: 'transactions', count: 50 },
  judge: [
    {
      column: 'rollback_share',
      worse: 'above',
      warn: 10,
      crit: 50,
      forSeconds: 300,
      minimum: { column: 'transactions', value: 100 },
      sentence: '{rollback_share} of the transactions in {database} are rolled back.',
    },
  ],
  onFleet: { as: 'sparkline', column: 'transactions', order: 1 },
  draw: [
    { as: 'line', title: 'Transactions per second', columns: ['commits', 'rollbacks'] },
    { as: 'line', title: 'Rollback share', columns: ['rollback_share'] },
  ],
  runbook: {
    means:
      'Many transactions end in a rollback: the application meets errors, deadlocks or timeouts, or rolls back on purpose. Their work was done for nothing.',
    confirm:
      'The server’s log names the errors; compare with deadlocks and with deploy marks. Some frameworks roll back every read by design: then it is normal here.',
    act: 'Mend the error that is logged most often. When the rollbacks are by design, mute this for the database with that as the reason.',
    avoid: 'Do not count on retries to hide it: each of them costs the server the same work again.',
  },
});
