import { type CheckRow, defineCheck } from '@/lib/engine/define-check';

const keyOf = (row: CheckRow) => `${row.backend}/${row.object}/${row.context}`;

/** Reads below this number say nothing of a disk. */
const readsAtLeast = 1000;

/**
 * Mean time of one read over the interval, in ms: known only where track_io_timing counts it and enough was read. A
 * reset in between makes it unknown for one reading.
 */
export function withReadTime(row: CheckRow, earlier: CheckRow | undefined): CheckRow {
  const reads = Number(row.reads) - Number(earlier?.reads ?? Number.NaN);
  const milliseconds = Number(row.read_ms) - Number(earlier?.read_ms ?? Number.NaN);
  const isKnown = row.timed === true && reads >= readsAtLeast && milliseconds >= 0;
  return { ...row, read_mean_ms: isKnown ? milliseconds / reads : null };
}

// Rows of nothing stay: a counter that begins at zero must be known to have been zero.
const select = (bytes: { read: string; write: string }) => `
      select
        backend_type as backend,
        object,
        context,
        coalesce(reads, 0)::float8 as reads,
        coalesce(${bytes.read}, 0)::float8 as read_bytes,
        coalesce(read_time, 0)::float8 as read_ms,
        coalesce(writes, 0)::float8 as writes,
        coalesce(${bytes.write}, 0)::float8 as write_bytes,
        coalesce(write_time, 0)::float8 as write_ms,
        coalesce(extends, 0)::float8 as extends,
        coalesce(hits, 0)::float8 as hits,
        (coalesce(hits, 0) + coalesce(reads, 0))::float8 as accesses,
        coalesce(evictions, 0)::float8 as evictions,
        coalesce(fsyncs, 0)::float8 as syncs,
        current_setting('track_io_timing')::bool as timed,
        stats_reset::text as stats_reset
      from pg_stat_io`;

export default defineCheck({
  title: 'Reads and writes, by who and why',
  why: 'Tells a full table scan, a vacuum and ordinary look-ups apart: which of them reads from the disk, which one pushes others out of the cache, and how long the disk takes.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-IO-VIEW',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 60,
  sql: {
    140000: {
      unsupported:
        'PostgreSQL counts reads and writes by process and purpose from version 16 on (pg_stat_io); before, only per database and table.',
    },
    160000: select({ read: 'reads * op_bytes', write: 'writes * op_bytes' }),
    // One operation may be of many blocks from 18 on, so bytes are counted apart.
    180000: select({ read: 'read_bytes', write: 'write_bytes' }),
  },
  columns: {
    backend: { role: 'key', label: 'Process' },
    object: { role: 'key', label: 'Object' },
    context: { role: 'key', label: 'Purpose' },
    reads: { role: 'counter', label: 'Reads', unit: 'count' },
    read_bytes: { role: 'counter', label: 'Read', unit: 'bytes' },
    read_ms: { role: 'counter', label: 'Time reading', unit: 'milliseconds' },
    read_mean_ms: { role: 'gauge', label: 'Mean read', unit: 'milliseconds' },
    writes: { role: 'counter', label: 'Writes', unit: 'count' },
    write_bytes: { role: 'counter', label: 'Written', unit: 'bytes' },
    write_ms: { role: 'counter', label: 'Time writing', unit: 'milliseconds' },
    extends: { role: 'counter', label: 'Extends', unit: 'count' },
    hits: { role: 'counter', label: 'Hits', unit: 'count' },
    accesses: { role: 'counter', label: 'Asked for', unit: 'count' },
    evictions: { role: 'counter', label: 'Evictions', unit: 'count' },
    syncs: { role: 'counter', label: 'Syncs', unit: 'count' },
    stats_reset: { role: 'text', label: 'Counting since' },
  },
  ratios: {
    io_hit: { label: 'Hit rate', of: ['hits'], over: ['accesses'] },
  },
  keep: ['series', 'snapshot'],
  feeds: 'server.io',
  maxSeries: { by: 'read_bytes', count: 8 },
  derive: ({ rows, previous }) => {
    const earlier = new Map(previous?.map((row) => [keyOf(row), row]));
    return rows.map((row) => withReadTime(row, earlier.get(keyOf(row))));
  },
  judge: [
    {
      column: 'read_mean_ms',
      worse: 'above',
      warn: 20,
      crit: 100,
      forSeconds: 600,
      sentence: 'A read by {backend} ({context}) takes {read_mean_ms} on the average on {instance}.',
    },
  ],
  draw: [
    { as: 'stacked', title: 'Read from disk, by who and why', columns: ['read_bytes'] },
    { as: 'stacked', title: 'Written, by who and why', columns: ['write_bytes'] },
    {
      as: 'table',
      title: 'Reads and writes since the counters began',
      columns: [
        'backend',
        'object',
        'context',
        'read_bytes',
        'write_bytes',
        'hits',
        'evictions',
        'io_hit',
        'read_mean_ms',
      ],
    },
  ],
  runbook: {
    means: 'The storage answers reads slowly: 20 ms and more is a disk that is overloaded or throttled.',
    confirm:
      'See on the host whether the device is busy (iostat -x: await, %util), and whether a cloud volume has used up its burst credits.',
    act: 'Find what reads so much: purpose “bulkread” is full scans, “vacuum” is vacuum, “normal” is index and small-table reads. Stop or move that load, or give the volume more throughput.',
    avoid: 'Don’t raise the number of connections: more sessions wait for the same disk.',
  },
});
