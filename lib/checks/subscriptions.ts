import { defineCheck } from '@/lib/engine/define-check';

const sqlWith = (isMain: string, errors: { select: string; join: string }) => `
  select
    coalesce(db.datname::text, '#' || sub.subdbid) as database,
    sub.subname::text as subscription,
    case when sub.subenabled then 'enabled' else 'disabled' end as switched,
    case when worker.pid is not null then 'running' else 'not running' end as worker,
    (sub.subenabled and worker.pid is null)::int::float8 as down,
    (not sub.subenabled)::int::float8 as disabled,
    (select count(*) from pg_stat_subscription as sync where sync.subid = sub.oid and sync.relid is not null)::float8
      as copying,
    extract(epoch from clock_timestamp() - worker.last_msg_receipt_time)::float8 as silent_seconds,
    (worker.received_lsn - worker.latest_end_lsn)::float8 as unconfirmed_bytes,
    ${errors.select}
  from pg_subscription as sub
  left join pg_database as db on db.oid = sub.subdbid
  left join pg_stat_subscription as worker on worker.subid = sub.oid and worker.relid is null and worker.pid is not null
    and ${isMain}
  ${errors.join}
  order by database, subscription`;

const withoutErrors = { select: 'null::float8 as apply_errors,\n    null::float8 as sync_errors', join: '' };
const withErrors = {
  select:
    'stats.apply_error_count::float8 as apply_errors,\n    stats.sync_error_count::float8 as sync_errors',
  join: 'left join pg_stat_subscription_stats as stats on stats.subid = sub.oid',
};

export default defineCheck({
  title: 'Subscriptions',
  why: 'A subscription that stopped falls behind for ever, and its slot keeps WAL on the publisher until that disk is full.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-SUBSCRIPTION',
  target: 'instance',
  runsOn: 'primary',
  everySeconds: 30,
  needs: [
    { role: 'pg_monitor', mend: 'grant pg_monitor to the watch login: workers are hidden without it.' },
  ],
  sql: {
    140000: sqlWith('true', withoutErrors),
    150000: sqlWith('true', withErrors),
    // Parallel apply workers have rows of their own, with a leader.
    160000: sqlWith('worker.leader_pid is null', withErrors),
  },
  columns: {
    database: { role: 'key', label: 'Database' },
    subscription: { role: 'key', label: 'Subscription' },
    switched: { role: 'text', label: 'Switched' },
    worker: { role: 'text', label: 'Worker' },
    down: { role: 'gauge', label: 'Down', unit: 'none' },
    disabled: { role: 'gauge', label: 'Disabled', unit: 'none' },
    copying: { role: 'gauge', label: 'Tables being copied', unit: 'count' },
    silent_seconds: { role: 'gauge', label: 'Last message', unit: 'seconds' },
    unconfirmed_bytes: { role: 'gauge', label: 'Not confirmed', unit: 'bytes' },
    apply_errors: { role: 'counter', label: 'Errors applying', unit: 'count' },
    sync_errors: { role: 'counter', label: 'Errors copying', unit: 'count' },
  },
  keep: ['series', 'snapshot'],
  feeds: 'replication.subscriptions',
  judge: [
    {
      column: 'down',
      worse: 'above',
      crit: 1,
      forSeconds: 60,
      sentence:
        'Subscription {subscription} in {database} is enabled and has no worker: it receives nothing.',
    },
    {
      column: 'disabled',
      worse: 'above',
      warn: 1,
      forSeconds: 60,
      sentence: 'Subscription {subscription} in {database} is disabled; its slot keeps WAL on the publisher.',
    },
    {
      column: 'apply_errors',
      worse: 'above',
      crit: 1,
      sentence: 'Subscription {subscription} in {database} cannot apply a change: {apply_errors} errors now.',
    },
    {
      column: 'sync_errors',
      worse: 'above',
      warn: 1,
      sentence: 'Subscription {subscription} in {database} cannot copy a table: {sync_errors} errors now.',
    },
  ],
  draw: [
    { as: 'line', title: 'Errors of subscriptions', columns: ['apply_errors', 'sync_errors'] },
    {
      as: 'table',
      title: 'Subscriptions',
      columns: [
        'database',
        'subscription',
        'switched',
        'worker',
        'copying',
        'silent_seconds',
        'apply_errors',
        'sync_errors',
      ],
    },
  ],
  runbook: {
    means:
      'Changes of the publisher do not arrive here: the worker is gone, switched off, or fails at a change.',
    confirm:
      'select * from pg_stat_subscription, and the server’s log: it names the table and the conflict (a duplicate key, a column that is not there).',
    act: 'Mend the cause (the row in the way, the missing column, the connection), then alter subscription … enable. A single change that can never be applied: alter subscription … skip (15 and newer), knowing what is left out.',
    avoid: 'Do not drop the subscription while the publisher is away: its slot stays there and keeps WAL.',
  },
});
