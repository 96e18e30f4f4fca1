import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Database size',
  why: 'Growth decides when the disk is full, how long a backup takes and how long a restore will.',
  source: 'https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-DBSIZE',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 60,
  timeoutMs: 20_000,
  needs: [
    {
      role: 'pg_monitor',
      mend: 'grant pg_monitor to the watch login: it may then size databases it cannot enter.',
    },
  ],
  sql: {
    140000: `
      select
        datname as database,
        pg_database_size(oid)::float8 as bytes
      from pg_database
      where datallowconn
        and not datistemplate`,
  },
  columns: {
    database: { role: 'key', label: 'Database' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
  },
  keep: ['series', 'snapshot'],
  feeds: 'databases.sizes',
  maxSeries: { by: 'bytes', count: 50 },
  onFleet: { as: 'total', column: 'bytes', order: 4 },
  draw: [
    { as: 'stacked', title: 'Size of databases', columns: ['bytes'] },
    { as: 'table', title: 'Databases', columns: ['database', 'bytes'] },
  ],
});
