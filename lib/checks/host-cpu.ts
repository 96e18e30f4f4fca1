import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Processors of the host',
  why: 'When more work waits than there are processors, every query takes longer, and the server’s own statistics cannot say why.',
  source: 'https://www.postgresql.org/docs/current/monitoring-ps.html',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 30,
  rowsFrom: 'processors',
  feeds: 'server.processors',
  columns: {
    source: { role: 'text', label: 'Told by' },
    processors: { role: 'gauge', label: 'Processors', unit: 'count' },
    load1: { role: 'gauge', label: 'Load, 1 min', unit: 'none' },
    load5: { role: 'gauge', label: 'Load, 5 min', unit: 'none' },
    load15: { role: 'gauge', label: 'Load, 15 min', unit: 'none' },
    load_percent: { role: 'gauge', label: 'Load of the processors', unit: 'percent' },
    busy_seconds: { role: 'counter', label: 'Busy', unit: 'seconds' },
    io_wait_seconds: { role: 'counter', label: 'Waiting for disks', unit: 'seconds' },
    processor_seconds: { role: 'counter', label: 'All time of the processors', unit: 'seconds' },
  },
  ratios: {
    busy: { label: 'Busy', of: ['busy_seconds'], over: ['processor_seconds'] },
    io_wait: { label: 'Waiting for disks', of: ['io_wait_seconds'], over: ['processor_seconds'] },
  },
  keep: ['series', 'snapshot'],
  judge: [
    {
      column: 'load_percent',
      worse: 'above',
      warn: 200,
      crit: 400,
      forSeconds: 60,
      sentence: 'The load of {instance}’s machine is {load5} on {processors} processors ({load_percent}).',
    },
  ],
  draw: [
    { as: 'area', title: 'Processors of the host', columns: ['busy', 'io_wait'] },
    { as: 'line', title: 'Load of the host', columns: ['load1', 'load5', 'load15', 'processors'] },
  ],
  runbook: {
    means:
      'On average more processes wanted a processor (or a disk) over five minutes than the machine can serve at once, twice over for a warning. Queries wait for their turn.',
    confirm:
      'Look at the share “busy” beside it: near 100 % the processors are the limit; with much “waiting for disks” the disks are. The load by wait event says which sessions it is.',
    act: 'Find the statements with the most time in this window and cancel what nobody needs. Stop other programs on the machine. Lower the number of connections that work at once (a pooler) before adding processors.',
    avoid: 'Restarting the server: it comes back with cold caches into the same load.',
  },
});
