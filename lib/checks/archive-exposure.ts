import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Exposure against the RPO',
  why: 'The cluster has an objective of how much work may be lost; what no archive holds yet counts against it.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ARCHIVER-VIEW',
  target: 'cluster',
  runsOn: 'primary',
  everySeconds: 15,
  rowsFrom: 'exposure',
  feeds: 'replication.exposure',
  columns: {
    exposure_seconds: { role: 'gauge', label: 'Exposure', unit: 'seconds' },
    rpo_seconds: { role: 'gauge', label: 'Objective (RPO)', unit: 'seconds' },
    used_percent: { role: 'gauge', label: 'Exposure against the objective', unit: 'percent' },
    not_archiving: { role: 'text', label: 'Why not archiving' },
  },
  keep: ['snapshot'],
  judge: [
    {
      column: 'used_percent',
      worse: 'above',
      warn: 100,
      crit: 300,
      forSeconds: 15,
      unknownFrom: 'not_archiving',
      unknownMend:
        'Set archive_mode = on (needs a restart) and an archive_command that stores each segment elsewhere.',
      sentence:
        'If the disk of {instance} were lost now, the last {exposure_seconds} of {cluster} would be gone; its objective (RPO) is {rpo_seconds}.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Exposure against the RPO',
      columns: ['exposure_seconds', 'rpo_seconds', 'used_percent', 'not_archiving'],
    },
  ],
  runbook: {
    means:
      'More of the newest work than the cluster may lose is on the server’s disk only. The objective is the cluster’s own (5 min unless set), whatever archives and wherever to.',
    confirm:
      'Look at the archiver of the primary: segments that wait or fail say that archiving is behind; none of both says that a segment is not full yet and archive_timeout is too long.',
    act: 'Mend what the archiver fails at. On a quiet server set archive_timeout below the objective. If the objective is not what the business needs, change it on the recovery page, where everybody sees it.',
    avoid:
      'Raising the objective to be rid of the finding, and setting archive_command to anything that only says success.',
  },
  alerts: 'recovery',
});
