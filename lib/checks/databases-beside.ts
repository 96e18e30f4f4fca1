import { defineCheck } from '@/lib/engine/define-check';
import { markOf } from '@/lib/procedures/database-beside-mark';

const dayMs = 86_400_000;

export default defineCheck({
  title: 'Databases beside those in use',
  why: 'A database that was restored or replaced takes as much room as the one in use, and holds the same people’s data. Nobody misses it until the disk is full.',
  source: 'https://www.postgresql.org/docs/current/manage-ag-dropdb.html',
  target: 'cluster',
  runsOn: 'primary',
  everySeconds: 60,
  sql: {
    140000: `
      select
        d.datname::text as restored,
        right(shobj_description(d.oid, 'pg_database'), 4000) as mark,
        case when has_database_privilege(d.oid, 'connect') or pg_has_role('pg_read_all_stats', 'usage')
          then pg_database_size(d.oid)::float8 end as bytes
      from pg_database as d
      where shobj_description(d.oid, 'pg_database') like '%[plumbline {%'
      order by d.datname`,
  },
  columns: {
    restored: { role: 'key', label: 'Database beside' },
    database: { role: 'text', label: 'Stands beside' },
    made: { role: 'text', label: 'How it came' },
    moment: { role: 'text', label: 'Rows as of' },
    until: { role: 'text', label: 'To be kept until' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    errors: { role: 'gauge', label: 'Errors of its restore', unit: 'count' },
    days_over: { role: 'gauge', label: 'Days over its time', unit: 'count' },
  },
  keep: ['snapshot'],
  // The mark is the last line of a comment, which whoever owns the database may have written: read here, not cast there.
  derive: ({ rows }) =>
    rows.flatMap(({ mark, restored, bytes }) => {
      const found = markOf(typeof mark === 'string' ? mark : null);
      if (!found) return [];
      const { of, made, moment, until, errors } = found;
      const over = until === null ? Number.NaN : (Date.now() - Date.parse(until)) / dayMs;
      return [
        {
          ...{ restored: restored ?? '', database: of, made, moment, until, errors, bytes: bytes ?? null },
          days_over: Number.isNaN(over) ? null : Math.ceil(over * 10) / 10,
        },
      ];
    }),
  judge: [
    {
      column: 'days_over',
      worse: 'above',
      warn: 0.1,
      sentence: 'The {made} database {restored} was to be kept until {until} and still takes {bytes}.',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Databases beside those in use',
      columns: ['restored', 'database', 'made', 'moment', 'until', 'bytes', 'errors'],
    },
  ],
  fixedBy: [
    {
      job: 'drop-restored-database',
      label: 'Drop it',
      input: { name: 'restored' },
      when: { column: 'made', is: ['restored'] },
    },
    {
      job: 'drop-replaced-database',
      label: 'Drop it',
      input: { name: 'restored' },
      when: { column: 'made', is: ['replaced'] },
    },
  ],
  runbook: {
    means:
      'A restore made this database, or a swap set it aside, and the day until which it was meant to stay is over.',
    confirm:
      'See who made it and why: its comment names the run. Ask whether rows of it are still wanted; a replaced one is the way back of its swap.',
    act: 'Take a backup of it if in doubt, then drop it by the plan that is offered here. It refuses while anybody is connected.',
    avoid:
      'Don’t drop a replaced database before people are sure of the restored one: after that the swap cannot be undone.',
  },
});
