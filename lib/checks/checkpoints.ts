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
        stats_reset::text as stats_reset
      from pg_stat_bgwriter`,
    // The counters moved to a view of their own in 17.
    170000: `
      select
        num_timed::float8 as timed,
        num_requested::float8 as requested,
        (num_timed + num_requested)::float8 as checkpoints,
        stats_reset::text as stats_reset
      from pg_stat_checkpointer`,
  },
  columns: {
    timed: { role: 'counter', label: 'By the clock', unit: 'count' },
    requested: { role: 'counter', label: 'Before their time', unit: 'count' },
    checkpoints: { role: 'counter', label: 'Checkpoints', unit: 'count' },
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
  draw: [{ as: 'stacked', title: 'Checkpoints', columns: ['timed', 'requested'] }],
});
