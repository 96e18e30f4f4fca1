import { defineCheck } from '@/lib/engine/define-check';
import { indexBloatRows } from '@/lib/procedures/bloat-rows';
import { indexBloatSql, statisticsHelper } from '@/lib/procedures/bloat-sql';

export default defineCheck({
  title: 'Index bloat',
  why: 'Pages of a btree that deletes have emptied are read and cached like full ones; after a mass delete an index may be many times as large as its entries.',
  source: 'https://www.postgresql.org/docs/current/routine-reindex.html',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 300,
  timeoutMs: 15_000,
  sql: { 140000: indexBloatSql('pg_stats') },
  // pg_stats shows a login only what it may select. The optional helper gives widths, never values.
  preferred: { function: statisticsHelper, sql: indexBloatSql('helper') },
  // A measurement that is still current counts for more than any estimate.
  usesMeasurements: true,
  derive: ({ rows, measured }) => indexBloatRows(rows, measured),
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    index: { role: 'key', label: 'Index' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    dead_bytes: { role: 'gauge', label: 'Dead space', unit: 'bytes' },
    dead_percent: { role: 'gauge', label: 'Dead space share', unit: 'percent' },
    known_by: { role: 'text', label: 'Known by' },
    dead_not_known: { role: 'text', label: 'Why not known' },
    bloat_bytes: { role: 'gauge', label: 'Estimated', unit: 'bytes' },
    bloat_percent: { role: 'gauge', label: 'Estimated share', unit: 'percent' },
    statistics_age_seconds: { role: 'gauge', label: 'Statistics’ age', unit: 'seconds' },
    method: { role: 'text', label: 'Method' },
    not_known: { role: 'text', label: 'Why there is no estimate' },
    mend: { role: 'text', label: 'What mends it' },
  },
  keep: ['snapshot'],
  feeds: 'indexes.bloat',
  judge: [
    {
      // A btree under random inserts is a third empty for good: only more than that is worth a rebuild.
      column: 'dead_percent',
      worse: 'above',
      warn: 60,
      crit: 85,
      minimum: { column: 'dead_bytes', value: 104_857_600 },
      unknownFrom: 'dead_not_known',
      unknownMendFrom: 'mend',
      sentence:
        'At least {dead_percent} of index {schema}.{index} on {table} in {database} is dead space ({dead_bytes}; {known_by}).',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Btree indexes with the most dead space',
      columns: [
        'schema',
        'table',
        'index',
        'bytes',
        'dead_bytes',
        'dead_percent',
        'known_by',
        'dead_not_known',
      ],
    },
  ],
  fixedBy: [
    {
      job: 'reindex-concurrently',
      label: 'Rebuild it',
      input: { database: '$database', schema: 'schema', index: 'index' },
    },
    { job: 'measure-bloat', label: 'Measure it exactly', input: { database: '$database' } },
  ],
  runbook: {
    means:
      'The index’s file is far larger than its entries need. Look-ups still work, but cache and backups carry empty pages.',
    confirm:
      'It is an estimate, and on the low side: equal keys share entries. Measure it exactly (extension pgstattuple) when the index is large.',
    act: 'Rebuild it concurrently: reads and writes go on, and the plan says how much room it needs and whom it waits for.',
    avoid:
      'Do not rebuild an index that is about to be refilled: pages are split anew and the writes slow down meanwhile. Do not use a plain REINDEX on a table in use: it locks out writes.',
  },
});
