import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Transaction id age',
  why: 'At about two billion transactions without a freeze the server refuses all writes to protect the data. Autovacuum prevents it, unless something holds it back.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 60,
  sql: {
    140000: `
      select
        datname as database,
        age(datfrozenxid)::float8 as xid_age,
        mxid_age(datminmxid)::float8 as multixact_age,
        (100.0 * age(datfrozenxid) / 2000000000)::float8 as xid_percent,
        (100.0 * mxid_age(datminmxid) / 2000000000)::float8 as multixact_percent,
        (100.0 * age(datfrozenxid) / current_setting('autovacuum_freeze_max_age')::float8)::float8 as freeze_percent
      from pg_database`,
  },
  columns: {
    database: { role: 'key', label: 'Database' },
    xid_age: { role: 'gauge', label: 'Transaction id age', unit: 'transactions' },
    multixact_age: { role: 'gauge', label: 'Multixact age', unit: 'count' },
    xid_percent: { role: 'gauge', label: 'Way to wraparound', unit: 'percent' },
    multixact_percent: { role: 'gauge', label: 'Multixact way to wraparound', unit: 'percent' },
    freeze_percent: { role: 'gauge', label: 'Way to a forced vacuum', unit: 'percent' },
  },
  keep: ['series', 'snapshot'],
  feeds: 'tables.wraparound',
  maxSeries: { by: 'xid_age', count: 50 },
  judge: [
    {
      column: 'xid_percent',
      worse: 'above',
      warn: 50,
      crit: 75,
      sentence: '{database} has used {xid_percent} of the transaction ids before writes stop ({xid_age}).',
    },
    {
      column: 'multixact_percent',
      worse: 'above',
      warn: 50,
      crit: 75,
      sentence: '{database} has used {multixact_percent} of the multixact ids before writes stop.',
    },
  ],
  draw: [{ as: 'line', title: 'Way to wraparound', columns: ['xid_percent'] }],
  runbook: {
    means:
      'Each transaction takes one of about two billion ids. Vacuum gives old ones back; here it has not for so long that the server will refuse writes when the last are gone.',
    confirm:
      'See which tables of this database are oldest, who holds the xmin horizon, and whether autovacuum workers are at work (Tables page, section Vacuum).',
    act: 'End what holds the horizon. Then vacuum the oldest tables first. Let anti-wraparound autovacuums finish: they do exactly this.',
    avoid:
      'Do not cancel an autovacuum “to prevent wraparound” and do not restart the server in hope: the work begins anew. Do not use VACUUM FULL: it needs a transaction id and an exclusive lock.',
  },
});
