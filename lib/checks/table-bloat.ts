import { defineCheck } from '@/lib/engine/define-check';
import { tableBloatRows } from '@/lib/procedures/bloat-rows';
import { statisticsHelper, tableBloatSql } from '@/lib/procedures/bloat-sql';

export default defineCheck({
  title: 'Table bloat',
  why: 'Space of dead rows that was never given back makes every scan, backup and cache slower and larger than the data is.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 120,
  timeoutMs: 15_000,
  sql: { 140000: tableBloatSql('pg_stats') },
  // pg_stats shows a login only what it may select. The optional helper gives widths, never values.
  preferred: { function: statisticsHelper, sql: tableBloatSql('helper') },
  derive: ({ rows }) => tableBloatRows(rows),
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    bloat_bytes: { role: 'gauge', label: 'Dead space', unit: 'bytes' },
    bloat_percent: { role: 'gauge', label: 'Dead space share', unit: 'percent' },
    toast_bytes: { role: 'gauge', label: 'TOAST', unit: 'bytes' },
    toast_bloat_bytes: { role: 'gauge', label: 'TOAST dead space, at least', unit: 'bytes' },
    statistics_age_seconds: { role: 'gauge', label: 'Statistics’ age', unit: 'seconds' },
    method: { role: 'text', label: 'Method' },
    not_known: { role: 'text', label: 'Why not known' },
    mend: { role: 'text', label: 'What mends it' },
  },
  keep: ['snapshot'],
  feeds: 'tables.bloat',
  judge: [
    {
      column: 'bloat_percent',
      worse: 'above',
      warn: 50,
      crit: 80,
      minimum: { column: 'bloat_bytes', value: 52_428_800 },
      unknownFrom: 'not_known',
      unknownMendFrom: 'mend',
      unknownMend:
        'Run analyze where statistics are missing or old; where this login may not read them, create the optional schema plumbline of its GRANT script.',
      sentence:
        'About {bloat_percent} of {schema}.{table} in {database} is dead space ({bloat_bytes}; estimated from statistics {statistics_age_seconds} old).',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Tables with the most dead space',
      columns: [
        'schema',
        'table',
        'bytes',
        'bloat_bytes',
        'bloat_percent',
        'toast_bytes',
        'toast_bloat_bytes',
        'statistics_age_seconds',
        'method',
        'not_known',
      ],
    },
  ],
  fixedBy: [
    { job: 'measure-bloat', label: 'Measure it exactly', input: { database: '$database' } },
    {
      job: 'analyze-table',
      label: 'Analyze it',
      input: { database: '$database', schema: 'schema', table: 'table' },
    },
  ],
  runbook: {
    means:
      'The table’s file is far larger than its rows need. New rows will fill the space, but it is not given back to the disk by itself, and every scan reads it.',
    confirm:
      'It is an estimate from statistics: measure it exactly (extension pgstattuple) before acting on a large table. See whether dead rows are still being made: then vacuum does not keep up.',
    act: 'First stop the cause: whoever holds the xmin horizon, or a too lax autovacuum for this table. Space inside is reused from then on. To give it back to the disk, rewrite the table with pg_repack or pg_squeeze, or by VACUUM FULL in a maintenance window.',
    avoid:
      'Do not run VACUUM FULL on a table in use: it locks out reads and writes and needs room for a whole copy. Do not rewrite a table that will grow back to this size next week.',
  },
});
