import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'PgBouncer pools',
  why: 'A client that waits for a server connection looks like a slow database, and the database itself shows nothing of it.',
  source: 'https://www.postgresql.org/docs/current/runtime-config-connection.html',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 10,
  rowsFrom: 'pools',
  feeds: 'pooler.pools',
  columns: {
    pooler: { role: 'key', label: 'Pooler' },
    database: { role: 'key', label: 'Database' },
    username: { role: 'key', label: 'User' },
    pool_mode: { role: 'text', label: 'Mode' },
    clients_active: { role: 'gauge', label: 'Clients served', unit: 'count' },
    clients_waiting: { role: 'gauge', label: 'Clients waiting', unit: 'count' },
    maxwait_seconds: { role: 'gauge', label: 'Longest wait', unit: 'seconds' },
    servers_active: { role: 'gauge', label: 'Connections busy', unit: 'count' },
    servers_idle: { role: 'gauge', label: 'Connections idle', unit: 'count' },
    servers_other: { role: 'gauge', label: 'Connections other', unit: 'count' },
    pool_size: { role: 'gauge', label: 'Pool size', unit: 'count' },
    clients_per_server: { role: 'gauge', label: 'Clients per connection', unit: 'count' },
    advice: { role: 'text', label: 'Advice' },
  },
  keep: ['series', 'snapshot'],
  maxSeries: { by: 'clients_active', count: 40 },
  judge: [
    {
      column: 'maxwait_seconds',
      worse: 'above',
      warn: 1,
      crit: 10,
      sentence:
        '{clients_waiting} clients of {database} as {username} wait for a connection at {pooler}, the first for {maxwait_seconds}. {advice}',
    },
  ],
  draw: [
    { as: 'line', title: 'Clients that wait for a connection', columns: ['clients_waiting'] },
    { as: 'line', title: 'Longest wait for a connection', columns: ['maxwait_seconds'] },
    { as: 'line', title: 'Busy server connections of pools', columns: ['servers_active'] },
    {
      as: 'table',
      title: 'Pools',
      columns: [
        'pooler',
        'database',
        'username',
        'pool_mode',
        'clients_active',
        'clients_waiting',
        'maxwait_seconds',
        'servers_active',
        'servers_idle',
        'pool_size',
        'clients_per_server',
        'advice',
      ],
    },
  ],
  runbook: {
    means:
      'All server connections of a pool are taken, or none can be opened, and clients stand in its queue. They see a slow database or a timeout.',
    confirm:
      'Compare busy connections with the pool size in the table below. Look for sessions that are idle in a transaction or wait for a lock: each holds a connection of the pool.',
    act: 'End the session that holds the others up. If the connections do real work, raise pool_size as far as the server has room, or shorten the transactions. RELOAD makes PgBouncer take a new setting without cutting anybody.',
    avoid:
      'Restarting PgBouncer, which cuts every client, and raising pool_size beyond what the server takes: then both queues grow.',
  },
});
