import { defineCheck } from '@/lib/engine/define-check';

// Files in pg_wal, and how many the server means to keep there.
const files = `
      cross join (
        select count(*) as segments, sum(size) as bytes
        from pg_ls_waldir()
      ) as kept
      cross join (
        select setting::float8 * 1024 * 1024 as bytes
        from pg_settings
        where name = 'max_wal_size'
      ) as wanted`;

export default defineCheck({
  title: 'WAL written',
  why: 'Every change goes through the WAL: its rate is what the disk, the archive and each standby have to keep up with. When wal_buffers is too small, sessions write it out themselves in the middle of a transaction.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-WAL-VIEW',
  target: 'instance',
  runsOn: 'primary',
  everySeconds: 60,
  needs: [
    {
      role: 'pg_monitor',
      mend: 'grant pg_monitor to the watch login: it may then list the files in pg_wal.',
    },
  ],
  sql: {
    140000: `
      select
        wal_bytes::float8 as bytes,
        wal_records::float8 as records,
        wal_fpi::float8 as full_pages,
        wal_buffers_full::float8 as buffers_full,
        wal_write::float8 as writes,
        wal_sync::float8 as syncs,
        kept.bytes::float8 as kept_bytes,
        kept.segments::float8 as kept_segments,
        wanted.bytes as wanted_bytes,
        stats_reset::text as stats_reset
      from pg_stat_wal
      ${files}`,
    // Writes and syncs moved to pg_stat_io in 18.
    180000: `
      select
        wal_bytes::float8 as bytes,
        wal_records::float8 as records,
        wal_fpi::float8 as full_pages,
        wal_buffers_full::float8 as buffers_full,
        io.writes::float8 as writes,
        io.syncs::float8 as syncs,
        kept.bytes::float8 as kept_bytes,
        kept.segments::float8 as kept_segments,
        wanted.bytes as wanted_bytes,
        concat_ws(' ', pg_stat_wal.stats_reset, io.stats_reset) as stats_reset
      from pg_stat_wal
      cross join (
        select
          sum(writes) as writes,
          sum(fsyncs) as syncs,
          max(stats_reset) as stats_reset
        from pg_stat_io
        where object = 'wal'
      ) as io
      ${files}`,
  },
  columns: {
    bytes: { role: 'counter', label: 'WAL', unit: 'bytes' },
    records: { role: 'counter', label: 'Records', unit: 'count' },
    full_pages: { role: 'counter', label: 'Full pages', unit: 'count' },
    buffers_full: { role: 'counter', label: 'Buffers full', unit: 'count' },
    writes: { role: 'counter', label: 'Writes', unit: 'count' },
    syncs: { role: 'counter', label: 'Syncs', unit: 'count' },
    kept_bytes: { role: 'gauge', label: 'Kept in pg_wal', unit: 'bytes' },
    kept_segments: { role: 'gauge', label: 'Segments in pg_wal', unit: 'count' },
    wanted_bytes: { role: 'gauge', label: 'max_wal_size', unit: 'bytes' },
    stats_reset: { role: 'text', label: 'Counting since' },
  },
  ratios: {
    full_page_share: { label: 'Full pages per record', of: ['full_pages'], over: ['records'] },
  },
  keep: ['series', 'snapshot'],
  feeds: 'server.wal',
  judge: [
    {
      // A bulk load fills the buffers for a while; sessions that commit flush them long before they are full.
      column: 'buffers_full',
      worse: 'above',
      warn: 1000,
      forSeconds: 300,
      sentence:
        'Sessions on {instance} had to write WAL {buffers_full} times in the last minute because wal_buffers was full.',
    },
  ],
  draw: [
    { as: 'area', title: 'WAL written', columns: ['bytes'] },
    { as: 'line', title: 'Full pages per WAL record', columns: ['full_page_share'] },
    { as: 'line', title: 'WAL kept in pg_wal', columns: ['kept_bytes', 'wanted_bytes'] },
  ],
  runbook: {
    means:
      'WAL is collected in wal_buffers and written at commit. Here it fills up before that, and the session that needs room has to write it and wait.',
    confirm:
      'Watch wal_buffers_full in pg_stat_wal against wal_records for some minutes, and see which statements write the most WAL (wal_bytes of pg_stat_statements).',
    act: 'Set wal_buffers to 16 MB, or 64 MB where large loads are normal, at the next restart. Load in smaller transactions meanwhile.',
    avoid:
      'Don’t turn off full_page_writes or fsync to make WAL smaller: a power cut then costs the data, not seconds.',
  },
});
