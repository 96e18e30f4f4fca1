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
  // A measurement that is still current counts for more than any estimate.
  usesMeasurements: true,
  derive: ({ rows, measured }) => tableBloatRows(rows, measured),
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    dead_bytes: { role: 'gauge', label: 'Dead space', unit: 'bytes' },
    dead_percent: { role: 'gauge', label: 'Dead space share', unit: 'percent' },
    known_by: { role: 'text', label: 'Known by' },
    dead_not_known: { role: 'text', label: 'Why not known' },
    bloat_bytes: { role: 'gauge', label: 'Estimated', unit: 'bytes' },
    bloat_percent: { role: 'gauge', label: 'Estimated share', unit: 'percent' },
    toast_bytes: { role: 'gauge', label: 'TOAST', unit: 'bytes' },
    toast_bloat_bytes: { role: 'gauge', label: 'TOAST dead space, at least', unit: 'bytes' },
    statistics_age_seconds: { role: 'gauge', label: 'Statistics’ age', unit: 'seconds' },
    method: { role: 'text', label: 'Method' },
    not_known: { role: 'text', label: 'Why there is no estimate' },
    mend: { role: 'text', label: 'What mends it' },
  },
  keep: ['snapshot'],
  feeds: 'tables.bloat',
  judge: [
    {
      column: 'dead_percent',
      worse: 'above',
      warn: 50,
      crit: 80,
      minimum: { column: 'dead_bytes', value: 52_428_800 },
      unknownFrom: 'dead_not_known',
      unknownMendFrom: 'mend',
      unknownMend:
        'Run analyze where statistics are missing or old; where this login may not read them, create the optional schema plumbline of its GRANT script.',
      sentence:
        'About {dead_percent} of {schema}.{table} in {database} is dead space ({dead_bytes}; {known_by}).',
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
        'dead_bytes',
        'dead_percent',
        'toast_bytes',
        'toast_bloat_bytes',
        'known_by',
        'dead_not_known',
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
