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
        (100.0 * mxid_age(datminmxid) / 2000000000)::float8 as multixact_percent
      from pg_database`,
  },
  columns: {
    database: { role: 'key', label: 'Database' },
    xid_age: { role: 'gauge', label: 'Transaction id age', unit: 'transactions' },
    multixact_age: { role: 'gauge', label: 'Multixact age', unit: 'count' },
    xid_percent: { role: 'gauge', label: 'Way to wraparound', unit: 'percent' },
    multixact_percent: { role: 'gauge', label: 'Multixact way to wraparound', unit: 'percent' },
  },
  keep: ['series', 'snapshot'],
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
});
