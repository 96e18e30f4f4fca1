import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Who writes the buffers',
  why: 'Dirty buffers should be written by the checkpointer and the background writer. A session that has to write one itself, or even to sync the file, makes its user wait for the disk.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-BGWRITER-VIEW',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 60,
  sql: {
    // A session's writes include here what it adds to the end of a file and its bulk writes: no telling them apart.
    140000: `
      select
        buffers_checkpoint::float8 as by_checkpointer,
        buffers_clean::float8 as by_background_writer,
        buffers_backend::float8 as by_sessions,
        (buffers_checkpoint + buffers_clean + buffers_backend)::float8 as written,
        buffers_backend_fsync::float8 as session_syncs,
        maxwritten_clean::float8 as stopped_early,
        buffers_alloc::float8 as allocated,
        stats_reset::text as stats_reset
      from pg_stat_bgwriter`,
    // From 16 on pg_stat_io tells the writes that a session was forced to: bulk writes have contexts of their own.
    160000: `
      select
        writer.buffers_checkpoint::float8 as by_checkpointer,
        writer.buffers_clean::float8 as by_background_writer,
        io.writes::float8 as by_sessions,
        (writer.buffers_checkpoint + writer.buffers_clean + io.writes)::float8 as written,
        io.syncs::float8 as session_syncs,
        writer.maxwritten_clean::float8 as stopped_early,
        writer.buffers_alloc::float8 as allocated,
        concat_ws(' ', writer.stats_reset, io.stats_reset) as stats_reset
      from pg_stat_bgwriter as writer
      cross join (
        select
          sum(writes) as writes,
          sum(fsyncs) as syncs,
          max(stats_reset) as stats_reset
        from pg_stat_io
        where object = 'relation'
          and context = 'normal'
          and backend_type in ('client backend', 'background worker', 'autovacuum worker')
      ) as io`,
    // The checkpointer's own counter moved to a view of its own in 17.
    170000: `
      select
        checkpointer.buffers_written::float8 as by_checkpointer,
        writer.buffers_clean::float8 as by_background_writer,
        io.writes::float8 as by_sessions,
        (checkpointer.buffers_written + writer.buffers_clean + io.writes)::float8 as written,
        io.syncs::float8 as session_syncs,
        writer.maxwritten_clean::float8 as stopped_early,
        writer.buffers_alloc::float8 as allocated,
        concat_ws(' ', writer.stats_reset, checkpointer.stats_reset, io.stats_reset) as stats_reset
      from pg_stat_bgwriter as writer
      cross join pg_stat_checkpointer as checkpointer
      cross join (
        select
          sum(writes) as writes,
          sum(fsyncs) as syncs,
          max(stats_reset) as stats_reset
        from pg_stat_io
        where object = 'relation'
          and context = 'normal'
          and backend_type in ('client backend', 'background worker', 'autovacuum worker')
      ) as io`,
  },
  columns: {
    by_checkpointer: { role: 'counter', label: 'By the checkpointer', unit: 'count' },
    by_background_writer: { role: 'counter', label: 'By the background writer', unit: 'count' },
    by_sessions: { role: 'counter', label: 'By sessions', unit: 'count' },
    written: { role: 'counter', label: 'Buffers written', unit: 'count' },
    session_syncs: { role: 'counter', label: 'Syncs by sessions', unit: 'count' },
    stopped_early: { role: 'counter', label: 'Background writer stopped early', unit: 'count' },
    allocated: { role: 'counter', label: 'Buffers allocated', unit: 'count' },
    stats_reset: { role: 'text', label: 'Counting since' },
  },
  ratios: {
    session_share: { label: 'Written by sessions', of: ['by_sessions'], over: ['written'] },
  },
  keep: ['series', 'snapshot'],
  feeds: 'server.writers',
  judge: [
    {
      column: 'session_share',
      worse: 'above',
      warn: 50,
      forSeconds: 900,
      // 80 MB a minute: below that nobody waits.
      minimum: { column: 'written', value: 10_000 },
      sentence: '{session_share} of the buffers written on {instance} were written by sessions themselves.',
    },
    {
      column: 'session_syncs',
      worse: 'above',
      warn: 1,
      crit: 100,
      sentence:
        'Sessions on {instance} had to sync files themselves {session_syncs} times in the last minute.',
    },
  ],
  draw: [
    {
      as: 'stacked',
      title: 'Buffers written, by whom',
      columns: ['by_checkpointer', 'by_background_writer', 'by_sessions'],
    },
    { as: 'line', title: 'Background writer stopped early', columns: ['stopped_early'] },
  ],
  runbook: {
    means:
      'When a session needs a buffer and finds only dirty ones, it writes one out itself. A sync by a session means that even the checkpointer’s queue was full.',
    confirm:
      'Compare the three lines over a day. On 14 and 15 a session’s share includes what it adds to tables, so a bulk load alone may explain it; from 16 on it does not.',
    act: 'Raise shared_buffers towards a quarter of the memory (restart). Raise bgwriter_lru_maxpages to 500 and lower bgwriter_delay to 50 ms (reload). For syncs by sessions: the storage is too slow for the checkpoint, spread it with a longer checkpoint_timeout and a larger max_wal_size.',
    avoid: 'Don’t force checkpoints by hand to “clean up”: they write everything at once and make it worse.',
  },
});
