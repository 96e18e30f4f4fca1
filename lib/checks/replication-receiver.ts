import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Replication, seen from the standby',
  why: 'A standby whose stream is cut looks perfectly in step to itself: all that it received is replayed. Only the missing receiver tells.',
  source:
    'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-WAL-RECEIVER-VIEW',
  target: 'instance',
  runsOn: 'standby',
  everySeconds: 10,
  needs: [
    { role: 'pg_monitor', mend: 'grant pg_monitor to the watch login: the receiver is hidden without it.' },
  ],
  sql: {
    140000: `
      select
        coalesce(receiver.status, 'none') as receiver,
        (current_setting('primary_conninfo', true) <> '' and receiver.pid is null)::int::float8 as stream_cut,
        extract(epoch from clock_timestamp() - receiver.last_msg_receipt_time)::float8 as silent_seconds,
        pg_is_wal_replay_paused()::int::float8 as paused,
        (pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn())::float8 as unreplayed_bytes,
        extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 as last_replayed_seconds
      from (select) as one
      left join pg_stat_wal_receiver as receiver on true`,
  },
  columns: {
    receiver: { role: 'text', label: 'Receiver' },
    stream_cut: { role: 'gauge', label: 'Stream cut', unit: 'none' },
    silent_seconds: { role: 'gauge', label: 'Last message', unit: 'seconds' },
    paused: { role: 'gauge', label: 'Replay paused', unit: 'none' },
    unreplayed_bytes: { role: 'gauge', label: 'Received, not replayed', unit: 'bytes' },
    last_replayed_seconds: { role: 'gauge', label: 'Last replayed commit', unit: 'seconds' },
  },
  keep: ['series', 'snapshot'],
  judge: [
    {
      column: 'stream_cut',
      worse: 'above',
      crit: 1,
      forSeconds: 20,
      sentence:
        '{instance} has no receiver: it gets nothing from its primary, however little it lags by its own count.',
    },
    {
      column: 'paused',
      worse: 'above',
      warn: 1,
      forSeconds: 60,
      sentence: 'Replay is paused on {instance}: it falls behind with every commit.',
    },
  ],
  draw: [
    { as: 'line', title: 'Received, not replayed', columns: ['unreplayed_bytes'] },
    {
      as: 'table',
      title: 'Receiver',
      columns: ['receiver', 'silent_seconds', 'paused', 'unreplayed_bytes', 'last_replayed_seconds'],
    },
  ],
});
