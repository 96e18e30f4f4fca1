import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Connections',
  why: 'When the last connection that ordinary users may have is taken, every new one is refused and the application is down.',
  source: 'https://www.postgresql.org/docs/current/runtime-config-connection.html',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 10,
  needs: [
    {
      role: 'pg_monitor',
      mend: 'grant pg_monitor to the watch login: without it the states of other people’s sessions are hidden.',
    },
  ],
  sql: {
    // Reserved slots are no use to an application: max_connections less both reserves (the second is new in 16).
    140000: `
      select
        (count(*) filter (where state = 'active'))::float8 as active,
        (count(*) filter (where state = 'idle'))::float8 as idle,
        (count(*) filter (where state like 'idle in transaction%'))::float8 as idle_in_transaction,
        (count(*) filter (where state is null or state in ('fastpath function call', 'disabled')))::float8 as other,
        count(*)::float8 as used,
        limits.usable::float8 as usable,
        (100.0 * count(*) / limits.usable)::float8 as used_percent
      from (
        select
          greatest(
            1,
            current_setting('max_connections')::int
              - current_setting('superuser_reserved_connections')::int
              - coalesce(current_setting('reserved_connections', true)::int, 0)
          ) as usable
      ) as limits
      left join pg_stat_activity
        on backend_type = 'client backend'
      group by limits.usable`,
  },
  columns: {
    active: { role: 'gauge', label: 'Active', unit: 'count' },
    idle: { role: 'gauge', label: 'Idle', unit: 'count' },
    idle_in_transaction: { role: 'gauge', label: 'Idle in transaction', unit: 'count' },
    other: { role: 'gauge', label: 'Other', unit: 'count' },
    used: { role: 'gauge', label: 'Used', unit: 'count' },
    usable: { role: 'gauge', label: 'Usable', unit: 'count' },
    used_percent: { role: 'gauge', label: 'Connections in use', unit: 'percent' },
  },
  keep: ['series', 'snapshot'],
  judge: [
    {
      column: 'used_percent',
      worse: 'above',
      warn: 75,
      crit: 90,
      forSeconds: 30,
      sentence: '{used} of {usable} usable connections are taken ({used_percent}) on {instance}.',
    },
  ],
  onFleet: { as: 'sparkline', column: 'used_percent', order: 3 },
  draw: [
    {
      as: 'stacked',
      title: 'Connections by state',
      columns: ['active', 'idle_in_transaction', 'idle', 'other'],
    },
    { as: 'line', title: 'Share of usable connections', columns: ['used_percent'] },
  ],
  runbook: {
    means:
      'Few connections are left. When none is, every new client is refused, the console and backups as well; reserved ones stay for superusers alone.',
    confirm:
      'See by user, application and state who has them: many “idle” are a pool that is too large or leaks, many “active” wait for something, often one lock.',
    act: 'Look for a root blocker first. Then end sessions that are idle in a transaction, restart the application that leaks, or make its pool smaller. In the long run put a pooler between.',
    avoid:
      'Do not just raise max_connections: it takes a restart, and a server that is slow with 200 sessions is slower with 400.',
  },
});
