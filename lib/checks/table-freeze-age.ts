import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Unfrozen tables',
  why: 'One table that cannot be frozen holds the whole database’s transaction ids: past autovacuum_freeze_max_age the server vacuums it by force, and at two billion it refuses writes.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 300,
  timeoutMs: 15_000,
  sql: {
    // A table's own autovacuum_freeze_max_age only counts where it is below the server's. TOAST has an age of its own
    // but is vacuumed with its table. Other sessions' temporary tables can be vacuumed by nobody else.
    140000: `
      select
        schema.nspname::text as schema,
        class.relname::text as "table",
        ages.xid_age::float8 as xid_age,
        ages.multixact_age::float8 as multixact_age,
        greatest(
          100.0 * ages.xid_age / limits.freeze_max_age,
          100.0 * ages.multixact_age / limits.multixact_max_age
        )::float8 as freeze_percent,
        (class.relpages * current_setting('block_size')::float8)::float8 as bytes,
        (class.relpersistence = 't')::text as temporary
      from pg_class as class
      join pg_namespace as schema on schema.oid = class.relnamespace
      left join pg_class as toast on toast.oid = class.reltoastrelid
      cross join lateral (
        select
          greatest(age(class.relfrozenxid), age(toast.relfrozenxid)) as xid_age,
          greatest(mxid_age(class.relminmxid), mxid_age(toast.relminmxid)) as multixact_age
      ) as ages
      cross join lateral (
        select
          least(
            current_setting('autovacuum_freeze_max_age')::float8,
            max(option_value) filter (where option_name = 'autovacuum_freeze_max_age')::float8
          ) as freeze_max_age,
          least(
            current_setting('autovacuum_multixact_freeze_max_age')::float8,
            max(option_value) filter (where option_name = 'autovacuum_multixact_freeze_max_age')::float8
          ) as multixact_max_age
        from pg_options_to_table(class.reloptions)
      ) as limits
      where class.relkind in ('r', 'm')
        and class.relfrozenxid <> '0'::xid
      order by freeze_percent desc, class.relpages desc, class.oid
      limit 20`,
  },
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    xid_age: { role: 'gauge', label: 'Transaction id age', unit: 'transactions' },
    multixact_age: { role: 'gauge', label: 'Multixact age', unit: 'count' },
    freeze_percent: { role: 'gauge', label: 'Way to a forced vacuum', unit: 'percent' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    temporary: { role: 'text', label: 'Temporary' },
  },
  keep: ['snapshot'],
  feeds: 'tables.freeze',
  judge: [
    {
      column: 'freeze_percent',
      worse: 'above',
      warn: 110,
      crit: 125,
      sentence:
        '{schema}.{table} in {database} is {freeze_percent} on its way to a forced vacuum ({xid_age} transactions old): autovacuum does not get it frozen.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Oldest tables by transaction ids',
      columns: ['schema', 'table', 'freeze_percent', 'xid_age', 'multixact_age', 'bytes'],
    },
  ],
  fixedBy: [
    {
      job: 'vacuum-table',
      label: 'Vacuum it',
      input: { database: '$database', schema: 'schema', table: 'table' },
    },
  ],
  runbook: {
    means:
      'The table is older than the age at which autovacuum must freeze it, and by more than a tenth: the forced vacuum does not run, does not finish, or cannot freeze.',
    confirm:
      'Look at the Vacuum section of the Tables page: does something hold the horizon, are the workers busy, is a vacuum of this table running and how far is it?',
    act: 'End what holds the horizon, then vacuum the table with Freeze ticked. For many tables take the oldest first. A temporary table goes with its session: end that.',
    avoid:
      'Do not cancel an autovacuum “to prevent wraparound” and do not take VACUUM FULL: it needs an exclusive lock for as long as it copies.',
  },
});
