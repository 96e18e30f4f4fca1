import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Replication of this standby',
  why: 'What a standby has not got is lost if the primary is, and whoever reads there sees the past. A standby whose stream is cut looks perfectly in step to itself: only both sides’ positions, taken in one tick, tell.',
  source:
    'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-WAL-RECEIVER-VIEW',
  target: 'instance',
  runsOn: 'standby',
  everySeconds: 10,
  needs: [
    { role: 'pg_monitor', mend: 'grant pg_monitor to the watch login: the receiver is hidden without it.' },
  ],
  rowsFrom: 'replication',
  columns: {
    state: { role: 'text', label: 'State' },
    says: { role: 'text', label: 'What was seen' },
    fed_by: { role: 'text', label: 'Fed by' },
    receiver: { role: 'text', label: 'Receiver' },
    lag_from: { role: 'text', label: 'Lag known by' },
    unknown_reason: { role: 'text', label: 'Not known because' },
    trouble: { role: 'gauge', label: 'Trouble (0 none, 1 look, 2 cut)', unit: 'none' },
    unsent_bytes: { role: 'gauge', label: 'Not sent', unit: 'bytes' },
    in_flight_bytes: { role: 'gauge', label: 'Not received', unit: 'bytes' },
    unreplayed_bytes: { role: 'gauge', label: 'Not replayed', unit: 'bytes' },
    behind_bytes: { role: 'gauge', label: 'Behind', unit: 'bytes' },
    lag_seconds: { role: 'gauge', label: 'Behind at most', unit: 'seconds' },
    overdue_seconds: { role: 'gauge', label: 'Behind beyond what is meant', unit: 'seconds' },
    last_commit_seconds: { role: 'gauge', label: 'Last replayed commit', unit: 'seconds' },
    apart_seconds: { role: 'gauge', label: 'Positions taken apart', unit: 'seconds' },
    ready_read: { role: 'gauge', label: 'Serves reads', unit: 'none' },
    ready_analytics: { role: 'gauge', label: 'Serves analytics', unit: 'none' },
    ready_background: { role: 'gauge', label: 'Serves background work', unit: 'none' },
    verdict_changes: { role: 'counter', label: 'Changes of these verdicts', unit: 'count' },
  },
  keep: ['series', 'snapshot'],
  feeds: 'replication.standby',
  judge: [
    { column: 'trouble', worse: 'above', warn: 1, crit: 2, forSeconds: 20, sentence: '{says}' },
    {
      column: 'behind_bytes',
      worse: 'above',
      warn: 104_857_600,
      crit: 1_073_741_824,
      forSeconds: 60,
      unknownFrom: 'unknown_reason',
      unknownMend: 'See why its primary is not read: the replication page of the cluster names it.',
      sentence:
        '{instance} is {behind_bytes} behind; not sent {unsent_bytes}, not replayed {unreplayed_bytes}.',
    },
    {
      column: 'overdue_seconds',
      worse: 'above',
      warn: 30,
      crit: 300,
      forSeconds: 60,
      sentence: '{instance} is up to {lag_seconds} behind ({state}).',
    },
  ],
  draw: [
    {
      as: 'stacked',
      title: 'Behind, by stage',
      columns: ['unsent_bytes', 'in_flight_bytes', 'unreplayed_bytes'],
    },
    { as: 'line', title: 'Behind at most', columns: ['lag_seconds'] },
    {
      as: 'line',
      title: 'Serves reads (1) or not (0)',
      columns: ['ready_read', 'ready_analytics', 'ready_background'],
    },
    { as: 'line', title: 'Changes of the verdicts', columns: ['verdict_changes'] },
    {
      as: 'table',
      title: 'This standby',
      columns: ['state', 'fed_by', 'receiver', 'behind_bytes', 'lag_seconds', 'lag_from', 'apart_seconds'],
    },
  ],
  runbook: {
    means:
      'cut: nothing comes, however small the lag looks. paused: somebody stopped replay. stalled: WAL is there and a query or a lock on the standby holds replay up. diverged: it is no copy of this primary any more. Behind in bytes or seconds: it replays slower than the primary writes, or the network is slower.',
    confirm:
      'On the standby: select * from pg_stat_wal_receiver, and select pg_get_wal_replay_pause_state(). On the primary: select * from pg_stat_replication. The standby’s log names the reason when it cannot connect.',
    act: 'cut: read the standby’s log; mend primary_conninfo, pg_hba.conf or the network; if it says that requested WAL has been removed, feed it from the archive or rebuild it. paused: select pg_wal_replay_resume(). stalled: find the query on the standby that conflicts, and cancel it or wait. diverged: rebuild it (pg_rewind or a new base backup). Late: see which stage is late: not sent or not received is the network, not replayed is the standby’s processor, disk or a query.',
    avoid:
      'Do not promote a standby that is cut or late without knowing what is lost. Do not drop its slot while it is away: the WAL that it still needs is removed then.',
  },
});
