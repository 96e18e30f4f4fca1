import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Disks of the host',
  why: 'A full disk of WAL stops the server at once; a full disk of data fails every write on it.',
  source: 'https://www.postgresql.org/docs/current/disk-full.html',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 60,
  rowsFrom: 'disks',
  feeds: 'server.disks',
  columns: {
    mount: { role: 'key', label: 'Filesystem' },
    holds: { role: 'text', label: 'Holds' },
    source: { role: 'text', label: 'Told by' },
    total_bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    used_bytes: { role: 'gauge', label: 'Used', unit: 'bytes' },
    free_bytes: { role: 'gauge', label: 'Free', unit: 'bytes' },
    used_percent: { role: 'gauge', label: 'Share used', unit: 'percent' },
    growth_bytes_per_day: { role: 'gauge', label: 'Growth a day, over a week', unit: 'bytes' },
    days_left: { role: 'gauge', label: 'Days until full', unit: 'count' },
  },
  keep: ['series', 'snapshot'],
  maxSeries: { by: 'total_bytes', count: 40 },
  judge: [
    {
      column: 'used_percent',
      worse: 'above',
      warn: 70,
      crit: 85,
      forSeconds: 60,
      sentence:
        '{mount} on {instance}’s machine ({holds}) is {used_percent} full: {free_bytes} of {total_bytes} are free.',
    },
    {
      column: 'days_left',
      worse: 'below',
      warn: 14,
      crit: 3,
      forSeconds: 600,
      sentence:
        '{mount} on {instance}’s machine ({holds}) is full in {days_left} days if it goes on as in the last week.',
    },
  ],
  draw: [
    { as: 'line', title: 'Disks of the host, share used', columns: ['used_percent'] },
    {
      as: 'table',
      title: 'Disks of the host',
      columns: [
        'mount',
        'holds',
        'total_bytes',
        'free_bytes',
        'used_percent',
        'growth_bytes_per_day',
        'days_left',
        'source',
      ],
    },
  ],
  runbook: {
    means:
      'A filesystem that holds data, WAL or a tablespace fills. “Days until full” is a line through the last week’s means; after a bulk load it is too pessimistic for some days.',
    confirm:
      'See what grew: the sizes of databases and tables over the same window, WAL kept by slots, failed archiving, temporary files, and the server’s log folder.',
    act: 'Free what is safe: drop a slot that nobody reads, mend the archiver, end the query that spills, delete old logs. Then give the disk room or move a tablespace.',
    avoid:
      'Deleting anything in pg_wal or the data directory by hand: the server may not start again. VACUUM FULL needs as much room again as the table has.',
  },
});
