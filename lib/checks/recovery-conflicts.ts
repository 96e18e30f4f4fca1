import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Queries cancelled by replay',
  why: 'A standby that must replay a change which a running query still needs ends the query after max_standby_streaming_delay. Reports on standbys then fail now and then, for no reason that their users can see.',
  source:
    'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-DATABASE-CONFLICTS-VIEW',
  target: 'instance',
  runsOn: 'standby',
  everySeconds: 60,
  sql: {
    140000: `
      select
        datname::text as database,
        (confl_tablespace + confl_lock + confl_snapshot + confl_bufferpin + confl_deadlock)::float8 as conflicts,
        confl_snapshot::float8 as by_snapshot,
        confl_lock::float8 as by_lock,
        confl_bufferpin::float8 as by_buffer_pin,
        (confl_tablespace + confl_deadlock)::float8 as by_other
      from pg_stat_database_conflicts
      where datname not in ('template0', 'template1')`,
    // Logical slots on standbys came with 16: theirs is a conflict of a slot, not of a query.
    160000: `
      select
        datname::text as database,
        (
          confl_tablespace + confl_lock + confl_snapshot + confl_bufferpin + confl_deadlock
          + confl_active_logicalslot
        )::float8 as conflicts,
        confl_snapshot::float8 as by_snapshot,
        confl_lock::float8 as by_lock,
        confl_bufferpin::float8 as by_buffer_pin,
        (confl_tablespace + confl_deadlock + confl_active_logicalslot)::float8 as by_other
      from pg_stat_database_conflicts
      where datname not in ('template0', 'template1')`,
  },
  columns: {
    database: { role: 'key', label: 'Database' },
    conflicts: { role: 'counter', label: 'Cancelled', unit: 'count' },
    by_snapshot: { role: 'counter', label: 'Needed removed rows', unit: 'count' },
    by_lock: { role: 'counter', label: 'Held a lock', unit: 'count' },
    by_buffer_pin: { role: 'counter', label: 'Held a page', unit: 'count' },
    by_other: { role: 'counter', label: 'Other', unit: 'count' },
  },
  keep: ['series'],
  maxSeries: { by: 'conflicts', count: 50 },
  judge: [
    {
      column: 'conflicts',
      worse: 'above',
      warn: 5,
      crit: 100,
      sentence: '{conflicts} queries in {database} on the standby {instance} were ended in the last minute.',
    },
  ],
  draw: [
    {
      as: 'stacked',
      title: 'Queries cancelled by replay',
      columns: ['by_snapshot', 'by_lock', 'by_buffer_pin', 'by_other'],
    },
  ],
  runbook: {
    means:
      'Replay waited for these queries as long as it may, then ended them. “Needed removed rows” comes from vacuum on the primary, “held a lock” from DDL there.',
    confirm:
      'See which kind grows, and how long the queries run there compared with max_standby_streaming_delay.',
    act: 'For long reports on a standby that may lag: raise max_standby_streaming_delay there (reload). For short ones: hot_standby_feedback = on, so that vacuum on the primary keeps what they need.',
    avoid:
      'Don’t turn hot_standby_feedback on for a standby with hours-long transactions: the primary’s tables bloat. Don’t set the delay to -1 on a standby that you would fail over to.',
  },
});
