import { defineCheck } from '@/lib/engine/define-check';

export default defineCheck({
  title: 'Changes of the schema',
  why: 'A column, an index or an extension that came or went explains many a bend in a chart.',
  source: 'https://www.postgresql.org/docs/current/catalog-pg-class.html',
  target: 'database',
  // A standby has the primary's schema: changes are told once.
  runsOn: 'primary',
  everySeconds: 60,
  timeoutMs: 10_000,
  rowsFrom: 'schema',
  columns: { relations: { role: 'gauge', label: 'Relations', unit: 'count' } },
  keep: ['snapshot'],
  draw: [],
});
