import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Holes in the WAL archive',
  why: 'A restore stops at the first segment that is missing, and a default restore says nothing of what it lost. pgBackRest’s own lists show only the first and the last segment.',
  source: 'https://www.postgresql.org/docs/current/continuous-archiving.html',
  target: 'cluster',
  runsOn: 'primary',
  everySeconds: 30,
  rowsFrom: 'holes',
  feeds: 'replication.holes',
  columns: {
    repository: { role: 'key', label: 'Repository' },
    missing: { role: 'key', label: 'Missing' },
    segments: { role: 'gauge', label: 'Segments', unit: 'count' },
    severity: { role: 'gauge', label: 'Severity', unit: 'none' },
    effect: { role: 'text', label: 'What it costs' },
  },
  keep: ['snapshot'],
  judge: [
    {
      column: 'severity',
      worse: 'above',
      warn: 1,
      crit: 2,
      sentence: 'Repository {repository} of {cluster} lacks WAL: {missing} (segments: {segments}). {effect}',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Holes in the WAL archive',
      columns: ['repository', 'missing', 'segments', 'effect'],
    },
  ],
  runbook: {
    means:
      'Segments of WAL are missing in the archive, cut short, or there twice with different contents. No restore can pass them: everything after the hole is out of reach until the next good backup.',
    confirm:
      'Open the recovery page of the cluster: the hole is drawn between the moments of its neighbours. In the server’s log of that time look for “dropped WAL file” (archive-push-queue-max), a change of archive_command, or a full store.',
    act: 'Take a full backup at once: the window goes on at its end. If the segment is still in pg_wal, in another repository or on a standby, put it back into the archive under its own name. Then mend what dropped it.',
    avoid:
      'Expiring the backups before the hole: they are the only way to the time before it. Restoring to “latest” across it: such a restore ends early and reports success.',
  },
  alerts: 'recovery',
});
