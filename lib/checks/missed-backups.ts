import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Missed backups',
  why: 'A schedule that silently stops is found out on the day of the restore.',
  source: 'https://www.postgresql.org/docs/current/backup.html',
  target: 'cluster',
  runsOn: 'primary',
  everySeconds: 60,
  rowsFrom: 'missed',
  feeds: 'replication.missed',
  columns: {
    schedule: { role: 'key', label: 'Schedule' },
    late_seconds: { role: 'gauge', label: 'Late by', unit: 'seconds' },
    due: { role: 'text', label: 'Due' },
    reason: { role: 'text', label: 'Why' },
  },
  keep: ['snapshot'],
  judge: [
    {
      column: 'late_seconds',
      worse: 'above',
      warn: 0,
      crit: 86_400,
      sentence:
        'The backup of {cluster} that was due {due} was not made: {reason}. Its schedule: {schedule}.',
    },
  ],
  draw: [{ as: 'table', title: 'Missed backups', columns: ['schedule', 'due', 'late_seconds', 'reason'] }],
  runbook: {
    means:
      'The newest moment of a schedule brought no backup: nobody started it, its plan was blocked, or its run failed. Nothing of the same kind has succeeded since.',
    confirm:
      'Open the schedule: its last firings say what became of each, with the plan or the run. No firing at all means that no worker lived at that time.',
    act: 'Mend what the plan or the run names, then run the backup by hand: one that succeeds closes this. Start a worker if none is there.',
    avoid:
      'Removing the schedule to be rid of the finding, or waiting for the next moment when it was the only backup of the day.',
  },
});
