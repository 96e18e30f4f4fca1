import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Replication, seen from the primary',
  why: 'What a standby has not got is lost if the primary is. The stage that lags tells where it is stuck: the network, its disk, or a query that blocks its replay.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW',
  target: 'instance',
  runsOn: 'primary',
  everySeconds: 10,
  needs: [
    {
      role: 'pg_monitor',
      mend: 'grant pg_monitor to the watch login: positions of standbys are hidden without it.',
    },
  ],
  sql: {
    // Counted from the primary's own position, so that WAL which was not even sent counts. replay_lag is null on an
    // idle link: behind by nothing is 0 seconds.
    140000: `
      select
        application_name as standby,
        coalesce(host(client_addr), 'local') as address,
        state,
        sync_state,
        (pg_current_wal_lsn() - sent_lsn)::float8 as unsent_bytes,
        (sent_lsn - write_lsn)::float8 as unwritten_bytes,
        (write_lsn - flush_lsn)::float8 as unflushed_bytes,
        (flush_lsn - replay_lsn)::float8 as unreplayed_bytes,
        (pg_current_wal_lsn() - replay_lsn)::float8 as lag_bytes,
        case
          when pg_current_wal_lsn() = replay_lsn then 0
          else extract(epoch from replay_lag)
        end::float8 as lag_seconds
      from pg_stat_replication
      where state <> 'backup'`,
  },
  columns: {
    standby: { role: 'key', label: 'Standby' },
    address: { role: 'key', label: 'Address' },
    state: { role: 'text', label: 'State' },
    sync_state: { role: 'text', label: 'Synchronous' },
    unsent_bytes: { role: 'gauge', label: 'Not sent', unit: 'bytes' },
    unwritten_bytes: { role: 'gauge', label: 'Not written', unit: 'bytes' },
    unflushed_bytes: { role: 'gauge', label: 'Not flushed', unit: 'bytes' },
    unreplayed_bytes: { role: 'gauge', label: 'Not replayed', unit: 'bytes' },
    lag_bytes: { role: 'gauge', label: 'Behind', unit: 'bytes' },
    lag_seconds: { role: 'gauge', label: 'Behind', unit: 'seconds' },
  },
  keep: ['series', 'snapshot'],
  judge: [
    {
      column: 'lag_bytes',
      worse: 'above',
      warn: 104_857_600,
      crit: 1_073_741_824,
      forSeconds: 60,
      sentence: 'Standby {standby} ({address}) is {lag_bytes} behind {instance}.',
    },
    {
      column: 'lag_seconds',
      worse: 'above',
      warn: 30,
      crit: 300,
      forSeconds: 60,
      sentence: 'Standby {standby} ({address}) is {lag_seconds} behind {instance}.',
    },
  ],
  draw: [
    {
      as: 'stacked',
      title: 'Behind, by stage',
      columns: ['unsent_bytes', 'unwritten_bytes', 'unflushed_bytes', 'unreplayed_bytes'],
    },
    { as: 'line', title: 'Replay lag', columns: ['lag_seconds'] },
    {
      as: 'table',
      title: 'Standbys',
      columns: ['standby', 'address', 'state', 'sync_state', 'lag_bytes', 'lag_seconds'],
    },
  ],
});
