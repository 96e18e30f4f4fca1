import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Memory of the host',
  why: 'When the machine runs out of memory, Linux kills a process: if it is one of PostgreSQL’s, every session is cut and the server recovers.',
  source: 'https://www.postgresql.org/docs/current/kernel-resources.html#LINUX-MEMORY-OVERCOMMIT',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 30,
  rowsFrom: 'memory',
  feeds: 'server.memory',
  columns: {
    source: { role: 'text', label: 'Told by' },
    total_bytes: { role: 'gauge', label: 'Memory', unit: 'bytes' },
    available_bytes: { role: 'gauge', label: 'Available', unit: 'bytes' },
    available_percent: { role: 'gauge', label: 'Memory available', unit: 'percent' },
    swap_bytes: { role: 'gauge', label: 'Swap', unit: 'bytes' },
    swap_used_bytes: { role: 'gauge', label: 'Swap used', unit: 'bytes' },
    swap_used_percent: { role: 'gauge', label: 'Swap used', unit: 'percent' },
  },
  keep: ['series', 'snapshot'],
  judge: [
    {
      column: 'available_percent',
      worse: 'below',
      warn: 25,
      crit: 10,
      forSeconds: 60,
      sentence:
        'Only {available_bytes} of {total_bytes} memory ({available_percent}) is available on {instance}’s machine.',
    },
    {
      column: 'swap_used_percent',
      worse: 'above',
      warn: 60,
      crit: 80,
      forSeconds: 60,
      sentence:
        '{swap_used_bytes} of {swap_bytes} swap ({swap_used_percent}) is in use on {instance}’s machine.',
    },
  ],
  draw: [
    {
      as: 'line',
      title: 'Memory of the host',
      columns: ['available_bytes', 'total_bytes', 'swap_used_bytes'],
    },
  ],
  runbook: {
    means:
      'Little memory is left that could be given out without swapping. The file cache counts as available, so this is not the cache at work.',
    confirm:
      'See which processes hold it (top, sorted by RES). Many sessions with large sorts show as temporary files and as work_mem times their number.',
    act: 'End what nobody needs on the machine, and sessions that hold much. Lower work_mem, maintenance_work_mem or the number of connections; set vm.overcommit_memory = 2 so that a request is refused instead of a process killed.',
    avoid:
      'Raising shared_buffers or work_mem, and adding swap as a cure: a database that swaps answers too late to be of use.',
  },
});
