/** What a standby knows of itself: one row (manual: 9.27.4, 27.2.6 pg_stat_wal_receiver). */
export const standbySql = `
  select
    (pg_last_wal_receive_lsn() - '0/0'::pg_lsn)::float8 as received,
    (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::float8 as replayed,
    extract(epoch from pg_last_xact_replay_timestamp())::float8 as replayed_commit,
    greatest(
      receiver.received_tli,
      (select timeline_id from pg_control_checkpoint()),
      (select min_recovery_end_timeline from pg_control_recovery())
    ) as timeline,
    pg_get_wal_replay_pause_state() as pause_state,
    receiver.pid as receiver_pid,
    receiver.status as receiver_status,
    extract(epoch from clock_timestamp() - receiver.last_msg_receipt_time)::float8 as silent,
    receiver.sender_host,
    receiver.sender_port,
    receiver.slot_name,
    receiver.conninfo,
    current_setting('primary_conninfo', true) <> '' as is_stream_wanted,
    current_setting('restore_command', true) <> '' as has_restore_command,
    current_setting('cluster_name', true) as cluster_name,
    (select system_identifier::text from pg_control_system()) as system,
    current_setting('hot_standby_feedback') = 'on' as feedback,
    extract(epoch from current_setting('max_standby_streaming_delay')::interval)::float8 as standby_delay,
    extract(epoch from current_setting('recovery_min_apply_delay')::interval)::float8 as apply_delay
  from (select) as one
  left join pg_stat_wal_receiver as receiver on true`;

/** How far replay is, in bytes since 0/0. */
export const replayedSql = `
  select (pg_catalog.pg_last_wal_replay_lsn() operator(pg_catalog.-) '0/0'::pg_catalog.pg_lsn)::float8 as replayed`;

/** Where a server's own WAL stands: one row, without a position while it is in recovery. */
export const positionSql = `
  select
    case when pg_is_in_recovery() then null
      else (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8
    end as position,
    case when pg_is_in_recovery() then null
      else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int4
    end as timeline,
    extract(epoch from clock_timestamp())::float8 as epoch,
    (select system_identifier::text from pg_control_system()) as system,
    extract(epoch from current_setting('archive_timeout')::interval)::float8 as archive_timeout,
    pg_size_bytes(current_setting('wal_segment_size'))::float8 as segment_bytes`;

/** Whom a primary sends to, and how far it is with each. */
export const fedSql = `
  select
    sender.pid,
    sender.application_name,
    slot.slot_name::text as slot_name,
    sender.state,
    sender.sync_state,
    (sender.sent_lsn - '0/0'::pg_lsn)::float8 as sent,
    (sender.flush_lsn - '0/0'::pg_lsn)::float8 as flushed
  from pg_stat_replication as sender
  left join pg_replication_slots as slot on slot.active_pid = sender.pid
  where sender.state <> 'backup'`;

/** Whom a server sends to. Counted from its own position, so that WAL which was not even sent counts. */
export const sendersSql = `
  select
    sender.pid,
    sender.application_name as standby,
    coalesce(host(sender.client_addr), 'local') as address,
    sender.state,
    sender.sync_state,
    slot.slot_name::text as slot,
    (own.position - sender.sent_lsn)::float8 as unsent_bytes,
    (sender.sent_lsn - sender.write_lsn)::float8 as unwritten_bytes,
    (sender.write_lsn - sender.flush_lsn)::float8 as unflushed_bytes,
    (sender.flush_lsn - sender.replay_lsn)::float8 as unreplayed_bytes,
    (own.position - sender.replay_lsn)::float8 as behind_bytes,
    extract(epoch from sender.replay_lag)::float8 as replay_seconds,
    extract(epoch from clock_timestamp() - sender.reply_time)::float8 as reply_seconds
  from pg_stat_replication as sender
  cross join (
    select case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end as position
  ) as own
  left join pg_replication_slots as slot on slot.active_pid = sender.pid
  where sender.state <> 'backup'`;
