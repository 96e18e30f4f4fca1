import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Checkpoints',
  why: 'A checkpoint that WAL forces, before its time, writes everything at once and makes the next changes log whole pages: max_wal_size is too small for the load.',
  source: 'https://www.postgresql.org/docs/current/wal-configuration.html',
  target: 'instance',
  runsOn: 'primary',
  everySeconds: 60,
  sql: {
    140000: `
      select
        checkpoints_timed::float8 as timed,
        checkpoints_req::float8 as requested,
        (checkpoints_timed + checkpoints_req)::float8 as checkpoints,
        checkpoint_write_time::float8 as write_ms,
        checkpoint_sync_time::float8 as sync_ms,
        stats_reset::text as stats_reset
      from pg_stat_bgwriter`,
    // The counters moved to a view of their own in 17.
    170000: `
      select
        num_timed::float8 as timed,
        num_requested::float8 as requested,
        (num_timed + num_requested)::float8 as checkpoints,
        write_time::float8 as write_ms,
        sync_time::float8 as sync_ms,
        stats_reset::text as stats_reset
      from pg_stat_checkpointer`,
  },
  columns: {
    timed: { role: 'counter', label: 'By the clock', unit: 'count' },
    requested: { role: 'counter', label: 'Before their time', unit: 'count' },
    checkpoints: { role: 'counter', label: 'Checkpoints', unit: 'count' },
    write_ms: { role: 'counter', label: 'Writing', unit: 'milliseconds' },
    sync_ms: { role: 'counter', label: 'Syncing', unit: 'milliseconds' },
    stats_reset: { role: 'text', label: 'Counting since' },
  },
  keep: ['series'],
  judge: [
    {
      // Somebody's CHECKPOINT or base backup is one; a load that outgrows max_wal_size is one after the other.
      column: 'requested',
      worse: 'above',
      warn: 2,
      crit: 6,
      forSeconds: 300,
      sentence: '{requested} checkpoints came before their time in the last minute on {instance}.',
    },
  ],
  draw: [
    { as: 'stacked', title: 'Checkpoints', columns: ['timed', 'requested'] },
    { as: 'stacked', title: 'Time spent in checkpoints', columns: ['write_ms', 'sync_ms'] },
  ],
  runbook: {
    means:
      'WAL came faster than max_wal_size allows, so checkpoints were forced before their time. Each one writes all dirty blocks in a hurry and makes the next changes write whole pages again.',
    confirm:
      'Compare WAL per second with the days before: a load, a migration or a rebuild of indexes explains a while of it. In the log (log_checkpoints) such a checkpoint says “wal” instead of “time”.',
    act: 'When the load is a lasting one, raise max_wal_size until checkpoints come by checkpoint_timeout; a reload is enough. The disk of pg_wal needs that much room.',
    avoid: 'Do not run CHECKPOINT by hand, and do not lower checkpoint_timeout: both make it worse.',
  },
});
