import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'PgBouncer clients',
  why: 'At max_client_conn PgBouncer refuses every further client, while the database behind it may be idle.',
  source: 'https://www.postgresql.org/docs/current/runtime-config-connection.html',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 30,
  rowsFrom: 'poolers',
  feeds: 'pooler.clients',
  columns: {
    pooler: { role: 'key', label: 'Pooler' },
    pool_mode: { role: 'text', label: 'Mode' },
    clients: { role: 'gauge', label: 'Clients', unit: 'count' },
    max_clients: { role: 'gauge', label: 'Clients at most', unit: 'count' },
    used_percent: { role: 'gauge', label: 'Share of clients', unit: 'percent' },
    servers: { role: 'gauge', label: 'Server connections', unit: 'count' },
    clients_per_server: { role: 'gauge', label: 'Clients per connection', unit: 'count' },
    unreachable: { role: 'text', label: 'Not asked because' },
  },
  keep: ['series', 'snapshot'],
  judge: [
    {
      column: 'used_percent',
      worse: 'above',
      warn: 75,
      crit: 90,
      forSeconds: 30,
      unknownFrom: 'unreachable',
      unknownMend:
        'PgBouncer must answer at this address, and the user must stand in stats_users (or admin_users) of pgbouncer.ini; its password is set on the page of the pooler.',
      sentence: '{clients} of at most {max_clients} clients ({used_percent}) are connected to {pooler}.',
    },
  ],
  draw: [
    { as: 'line', title: 'Clients and server connections of PgBouncer', columns: ['clients', 'servers'] },
    { as: 'line', title: 'Clients per server connection', columns: ['clients_per_server'] },
    {
      as: 'table',
      title: 'Poolers',
      columns: [
        'pooler',
        'pool_mode',
        'clients',
        'max_clients',
        'used_percent',
        'servers',
        'clients_per_server',
        'unreachable',
      ],
    },
  ],
  runbook: {
    means: 'Nearly as many clients are connected to PgBouncer as it lets in. The next ones are refused.',
    confirm:
      'Look whether clients wait as well (then the server is the limit) or only are many (then the limit is).',
    act: 'Find the application that opens connections and does not close them. If they are all wanted, raise max_client_conn and the limit of open files of the process (ulimit -n) and RELOAD.',
    avoid: 'Raising max_connections of the server instead: its connections are not what is short.',
  },
});
