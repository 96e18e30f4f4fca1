import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'PgBouncer traffic',
  why: 'Transactions, bytes and time spent waiting by database, as clients see them: the server itself counts no wait for a connection.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 30,
  rowsFrom: 'traffic',
  feeds: 'pooler.traffic',
  columns: {
    pooler: { role: 'key', label: 'Pooler' },
    database: { role: 'key', label: 'Database' },
    transactions: { role: 'counter', label: 'Transactions', unit: 'count' },
    queries: { role: 'counter', label: 'Queries', unit: 'count' },
    received_bytes: { role: 'counter', label: 'Received from clients', unit: 'bytes' },
    sent_bytes: { role: 'counter', label: 'Sent to clients', unit: 'bytes' },
    query_seconds: { role: 'counter', label: 'Time in queries', unit: 'seconds' },
    wait_seconds: { role: 'counter', label: 'Time waiting for a connection', unit: 'seconds' },
  },
  keep: ['series', 'snapshot'],
  maxSeries: { by: 'transactions', count: 40 },
  draw: [
    { as: 'line', title: 'Transactions through PgBouncer', columns: ['transactions'] },
    { as: 'line', title: 'Clients that waited, on average', columns: ['wait_seconds'] },
  ],
});
