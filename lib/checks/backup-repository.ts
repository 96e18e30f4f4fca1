import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Backup repositories',
  why: 'A repository that cannot be read is no backup, and a stop file left behind lets WAL pile up until the server’s disk is full.',
  source: 'https://www.postgresql.org/docs/current/backup.html',
  target: 'cluster',
  runsOn: 'primary',
  everySeconds: 30,
  rowsFrom: 'repositories',
  feeds: 'replication.repositories',
  columns: {
    repository: { role: 'key', label: 'Repository' },
    unread_seconds: { role: 'gauge', label: 'Last read', unit: 'seconds' },
    never_read: { role: 'text', label: 'Why it is not known' },
    problem: { role: 'text', label: 'Problem' },
    stopped: { role: 'gauge', label: 'Stop file', unit: 'count' },
    stop_file: { role: 'text', label: 'Path of the stop file' },
  },
  keep: ['snapshot'],
  judge: [
    {
      column: 'unread_seconds',
      worse: 'above',
      warn: 180,
      crit: 1800,
      unknownFrom: 'never_read',
      unknownMend:
        'Run a worker on the host of the server (PLUMBLINE_HOSTS names it), as a user that may read the repository.',
      sentence: 'Repository {repository} of {cluster} was last read {unread_seconds} ago. {problem}',
    },
    {
      column: 'stopped',
      worse: 'above',
      crit: 1,
      sentence:
        'A stop file forbids archiving and backups of {cluster}, and WAL piles up on {instance}: {stop_file}.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Backup repositories',
      columns: ['repository', 'unread_seconds', 'problem', 'stop_file'],
    },
  ],
  runbook: {
    means:
      'The console can’t read the place where the backups are, or somebody ran “pgbackrest stop”. What it shows of backups and of the window is as old as its last look.',
    confirm:
      'Run “pgbackrest info” on the host as the user that owns the data directory and read the status it prints: its exit code is 0 even when nothing can be read. For a stop file look whether the named file is there and who wrote it.',
    act: 'Mend what the message names: mount the disk, renew the keys of the storage, enter the pass that the repository was made with. For a stop file run “pgbackrest start” for the stanza; archiving then goes on by itself.',
    avoid:
      'Creating the stanza anew over a repository that only can’t be read: its backups would be lost with it. Using “stop” to cancel a backup: it stops archiving too.',
  },
  alerts: 'recovery',
});
