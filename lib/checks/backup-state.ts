import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Saved copies',
  why: 'Without a copy that can be used there is nothing to restore from, whatever the archive holds.',
  source: 'https://www.postgresql.org/docs/current/backup.html',
  target: 'cluster',
  runsOn: 'primary',
  everySeconds: 30,
  rowsFrom: 'saved',
  feeds: 'replication.saved',
  columns: {
    known: { role: 'gauge', label: 'Known', unit: 'count' },
    usable: { role: 'gauge', label: 'Usable', unit: 'count' },
    none_known: { role: 'text', label: 'Why it is not known' },
    newest_age_seconds: { role: 'gauge', label: 'Age of the newest', unit: 'seconds' },
    full_age_seconds: { role: 'gauge', label: 'Age of the newest full', unit: 'seconds' },
    damaged: { role: 'gauge', label: 'Newest is damaged', unit: 'count' },
    damaged_label: { role: 'text', label: 'Damaged' },
  },
  keep: ['snapshot'],
  judge: [
    {
      column: 'newest_age_seconds',
      worse: 'above',
      warn: 129_600,
      crit: 259_200,
      unknownFrom: 'none_known',
      unknownMend:
        'Back up a database or set up archiving here; or mute this if another tool saves the cluster and its restores are proven elsewhere.',
      sentence: 'The newest usable backup of {cluster} is {newest_age_seconds} old.',
    },
    {
      column: 'full_age_seconds',
      worse: 'above',
      warn: 648_000,
      crit: 1_296_000,
      sentence:
        'The newest full backup of {cluster} is {full_age_seconds} old: every increment and all WAL since depend on it.',
    },
    {
      column: 'usable',
      worse: 'below',
      crit: 0,
      minimum: { column: 'known', value: 1 },
      sentence:
        'None of the {known} backups of {cluster} can be restored: they are gone, damaged, or without their base or WAL.',
    },
    {
      column: 'damaged',
      worse: 'above',
      crit: 1,
      sentence:
        'The newest backup of {cluster}, {damaged_label}, holds pages with a wrong checksum: the damage is in the server’s own files.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Saved copies',
      columns: ['known', 'usable', 'newest_age_seconds', 'full_age_seconds', 'damaged_label'],
    },
  ],
  runbook: {
    means:
      'There is no backup, it is older than it should be, or the newest one saved pages that are damaged on the server itself. pgBackRest reports success for such a backup.',
    confirm:
      'See the list of backups of the cluster: which are ready, gone outside, or marked with damaged pages. For damaged pages the run’s evidence names the files; pg_amcheck or a query over the table shows the same.',
    act: 'Take a backup now and see why its schedule did not. For damaged pages: pin the last backup without damage, find the table by its file, and bring it back from there before you mend the disk.',
    avoid:
      'Expiring older backups while the newest one is damaged: one of them is the last clean copy. Counting a backup as good because its tool ended with 0.',
  },
  alerts: 'recovery',
});
