import { type CheckRow, defineCheck } from '@/lib/engine/define-check';
import { supportOf } from '@/lib/engine/postgres-releases';

/** Adds what the table of releases says of the running version, as of its own day. */
export function withSupport(row: CheckRow): CheckRow {
  const support = supportOf(Number(row.version_num), Number(row.now_epoch));
  const { major, newestMinor, asOf } = support;
  return {
    ...row,
    newest: newestMinor === null ? null : `${major}.${newestMinor}`,
    as_of: asOf,
    minors_behind: support.minorsBehind,
    supported_until: support.supportedUntil,
    supported_seconds: support.supportedSeconds,
    not_known:
      newestMinor === null
        ? `PostgreSQL ${major} is newer than the table of releases that this console has`
        : null,
  };
}

export default defineCheck({
  title: 'Version and its support',
  why: 'A minor release mends bugs that lose data and holes that let people in; installing it is a restart. After its last one a major gets neither.',
  source: 'https://www.postgresql.org/docs/current/upgrading.html',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 3600,
  sql: {
    140000: `
      select
        current_setting('server_version') as version,
        current_setting('server_version_num')::float8 as version_num,
        extract(epoch from clock_timestamp())::float8 as now_epoch`,
  },
  columns: {
    version: { role: 'text', label: 'Version' },
    newest: { role: 'text', label: 'Newest known' },
    as_of: { role: 'text', label: 'As of' },
    minors_behind: { role: 'gauge', label: 'Releases behind', unit: 'count' },
    supported_until: { role: 'text', label: 'Supported until' },
    supported_seconds: { role: 'gauge', label: 'Support left', unit: 'seconds' },
    not_known: { role: 'text', label: 'Why not known' },
  },
  keep: ['snapshot'],
  feeds: 'server.version',
  derive: ({ rows }) => rows.map(withSupport),
  judge: [
    {
      column: 'minors_behind',
      worse: 'above',
      warn: 1,
      crit: 4,
      unknownFrom: 'not_known',
      unknownMend: 'Update the console: its table of releases comes with it.',
      sentence: '{instance} runs {version}; {newest} is out (as of {as_of}).',
    },
    {
      column: 'supported_seconds',
      worse: 'below',
      warn: 15_552_000,
      crit: 0,
      sentence:
        'PostgreSQL {version} on {instance} is supported until {supported_until}: plan the next major.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Version',
      columns: ['version', 'newest', 'as_of', 'minors_behind', 'supported_until', 'supported_seconds'],
    },
  ],
  runbook: {
    means:
      'There is a newer minor release of this major than the one that runs, or the major’s last release is near or past.',
    confirm:
      'Read the release notes between the two: each says whether something must be done after the update.',
    act: 'Update the packages and restart, standbys first, then fail over or restart the primary. For a new major: rehearse pg_upgrade or logical replication on a restored copy.',
    avoid: 'Don’t wait for a maintenance window that never comes: a minor update is a restart of seconds.',
  },
});
