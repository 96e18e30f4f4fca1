import { type CheckRow, defineCheck } from '@/lib/engine/define-check';
import { vacuumAdvice } from '@/lib/engine/vacuum-advice';
import { qualified } from '@/lib/instance/quote';

const numberOf = (value: CheckRow[string] | undefined) => (typeof value === 'number' ? value : 0);

/** The tables that need settings of their own, with the statement that gives them. */
function advised(row: CheckRow): CheckRow[] {
  const advice = vacuumAdvice({
    rows: numberOf(row.live_rows),
    bytes: numberOf(row.bytes),
    enabled: row.is_off !== 1,
    vacuumScale: numberOf(row.vacuum_scale),
    vacuumThreshold: numberOf(row.vacuum_threshold),
    vacuumMaxThreshold: typeof row.vacuum_max === 'number' ? row.vacuum_max : undefined,
    insertScale: numberOf(row.insert_scale),
    analyzeScale: numberOf(row.analyze_scale),
    inserted: numberOf(row.inserted),
    updatedOrDeleted: numberOf(row.changed),
  });
  if (!advice) return [];
  const name = qualified(String(row.schema), String(row.table));
  const options = Object.entries(advice.set).map(([option, value]) => `${option} = ${value}`);
  const statements = [
    ...(advice.reset.length > 0 ? [`alter table ${name} reset (${advice.reset.join(', ')});`] : []),
    ...(options.length > 0 ? [`alter table ${name} set (${options.join(', ')});`] : []),
  ];
  const { schema, table, live_rows, bytes, is_off } = row;
  return [
    {
      ...{ schema: schema ?? null, table: table ?? null, live_rows: live_rows ?? null, bytes: bytes ?? null },
      is_off: is_off ?? 0,
      reason: advice.reason,
      statement: statements.join('\n'),
    },
  ];
}

export default defineCheck({
  title: 'Autovacuum settings per table',
  why: 'Scale factors that suit most tables let the largest ones collect millions of dead rows before anything happens.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM',
  target: 'database',
  runsOn: 'primary',
  everySeconds: 600,
  timeoutMs: 15_000,
  sql: {
    140000: `
      select
        statistics.schemaname::text as schema,
        statistics.relname::text as "table",
        greatest(statistics.n_live_tup, class.reltuples, 0)::float8 as live_rows,
        (class.relpages * current_setting('block_size')::float8)::float8 as bytes,
        (coalesce(own.enabled, 'true') in ('false', 'off', 'no', '0'))::int::float8 as is_off,
        coalesce(own.vacuum_scale, current_setting('autovacuum_vacuum_scale_factor'))::float8 as vacuum_scale,
        coalesce(own.vacuum_threshold, current_setting('autovacuum_vacuum_threshold'))::float8 as vacuum_threshold,
        nullif(coalesce(own.vacuum_max, current_setting('autovacuum_vacuum_max_threshold', true))::float8, -1) as vacuum_max,
        coalesce(own.insert_scale, current_setting('autovacuum_vacuum_insert_scale_factor'))::float8 as insert_scale,
        coalesce(own.analyze_scale, current_setting('autovacuum_analyze_scale_factor'))::float8 as analyze_scale,
        statistics.n_tup_ins::float8 as inserted,
        (statistics.n_tup_upd + statistics.n_tup_del)::float8 as changed
      from pg_stat_user_tables as statistics
      join pg_class as class on class.oid = statistics.relid
      cross join lateral (
        select
          max(option_value) filter (where option_name = 'autovacuum_enabled') as enabled,
          max(option_value) filter (where option_name = 'autovacuum_vacuum_scale_factor') as vacuum_scale,
          max(option_value) filter (where option_name = 'autovacuum_vacuum_threshold') as vacuum_threshold,
          max(option_value) filter (where option_name = 'autovacuum_vacuum_max_threshold') as vacuum_max,
          max(option_value) filter (where option_name = 'autovacuum_vacuum_insert_scale_factor') as insert_scale,
          max(option_value) filter (where option_name = 'autovacuum_analyze_scale_factor') as analyze_scale
        from pg_options_to_table(class.reloptions)
      ) as own
      where class.relkind in ('r', 'm')
        and class.relpersistence = 'p'
        and greatest(statistics.n_live_tup, class.reltuples) >= 10000
      order by live_rows desc, statistics.relid
      limit 1000`,
  },
  derive: ({ rows }) => rows.flatMap(advised),
  columns: {
    schema: { role: 'key', label: 'Schema' },
    table: { role: 'key', label: 'Table' },
    live_rows: { role: 'gauge', label: 'Live rows', unit: 'rows' },
    bytes: { role: 'gauge', label: 'Size', unit: 'bytes' },
    is_off: { role: 'gauge', label: 'Autovacuum off', unit: 'none' },
    reason: { role: 'text', label: 'Why' },
    statement: { role: 'text', label: 'Proposed settings' },
  },
  keep: ['snapshot'],
  feeds: 'tables.advice',
  judge: [
    {
      column: 'is_off',
      worse: 'above',
      warn: 1,
      sentence: 'Autovacuum is switched off for {schema}.{table} in {database} ({live_rows} rows).',
    },
  ],
  draw: [
    {
      as: 'table',
      title: 'Tables that need autovacuum settings of their own',
      columns: ['schema', 'table', 'live_rows', 'bytes', 'reason', 'statement'],
    },
  ],
  runbook: {
    means:
      'This table is exempt from autovacuum. Dead rows stay, its statistics age, and it is vacuumed only when its transaction ids must be frozen by force.',
    confirm: 'Ask who switched it off: often it was done for a bulk load and forgotten.',
    act: 'Take the setting back by the statement in the list, then vacuum and analyze the table once.',
    avoid: 'Do not leave it off because a vacuum disturbed once: give it a cost delay of its own instead.',
  },
});
