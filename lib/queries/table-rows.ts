import type { Bloat, TableGrowth, TableRow } from '@/lib/contract/tables';
import type { MeasuredFiles, TableMotion } from '@/lib/engine/bloat-measured';
import type { CheckRow, Level } from '@/lib/engine/define-check';
import { daysUntil } from '@/lib/engine/growth';
import { worstLevel } from '@/lib/engine/judge';
import { bloatOf } from '@/lib/queries/bloat-figures';
import { nameKey, numberOf, textOf } from '@/lib/queries/table-sources';

/** Rows of the other checks about one table. */
export interface TableParts {
  vacuum: CheckRow | undefined;
  statistics: CheckRow | undefined;
  rates: CheckRow | undefined;
  bloat: CheckRow | undefined;
}

export interface TableContext {
  database: string;
  measured: MeasuredFiles;
  growth: TableGrowth | null;
  verdicts: TableRow['verdicts'];
  now: Date;
}

const sizeColumns = { bytes: 'bloat_bytes', size: 'bytes', method: null };
const toastColumns = { bytes: 'toast_bloat_bytes', size: 'toast_bytes', method: 'estimate, at least' };

/** How much a table was written to, as its counters have it. */
export function motionOf(
  rates: CheckRow | undefined,
  liveRows: number | null,
  bytes: number | null,
): TableMotion {
  const counts = ['inserted', 'updated', 'deleted'].map((name) => numberOf(rates, name));
  const rowsWritten = counts.includes(null) ? null : counts.reduce<number>((sum, n) => sum + (n ?? 0), 0);
  return { rowsWritten, liveRows, bytes };
}

/** One table with everything that checks know of it. */
export function tableRow(size: CheckRow, parts: TableParts, context: TableContext): TableRow {
  const { database, measured, growth, verdicts, now } = context;
  const schema = textOf(size, 'schema') ?? '';
  const table = textOf(size, 'table') ?? '';
  const rootTable = textOf(size, 'root_table');
  const bytes = numberOf(size, 'bytes');
  const liveRows = numberOf(size, 'live_rows');
  const file = (part: string) => measured.get(nameKey(database, part, schema, table));
  const heapBytes = numberOf(size, 'heap_bytes');
  const toastBytes = numberOf(size, 'toast_bytes');
  return {
    database,
    schema,
    table,
    kind: textOf(size, 'kind') ?? 'table',
    root: rootTable === null ? null : { schema: textOf(size, 'root_schema') ?? '', table: rootTable },
    partitions: 0,
    bytes,
    heapBytes,
    toastBytes,
    indexBytes: numberOf(size, 'index_bytes'),
    sizeMethod: textOf(size, 'size_method') ?? '',
    growth,
    doublesInDays: growth && bytes !== null ? daysUntil(bytes, growth.perDay) : null,
    liveRows,
    deadRows: numberOf(size, 'dead_rows'),
    deadPercent: numberOf(parts.vacuum, 'dead_percent'),
    vacuumedFrom: numberOf(parts.vacuum, 'vacuumed_from'),
    autovacuum: textOf(parts.vacuum, 'autovacuum'),
    vacuumAgeSeconds: numberOf(parts.vacuum, 'vacuum_age_seconds'),
    analyzeAgeSeconds: numberOf(parts.statistics, 'analyze_age_seconds'),
    changedPercent: numberOf(parts.statistics, 'changed_percent'),
    xidAge: numberOf(parts.vacuum, 'xid_age'),
    bloat: bloatOf({
      estimate: parts.bloat,
      columns: { ...sizeColumns, method: textOf(parts.bloat, 'method') },
      measured: file('table'),
      motion: motionOf(parts.rates, liveRows, heapBytes),
      now,
    }),
    toastBloat:
      !numberOf(parts.bloat, 'toast_bytes') && !file('toast')
        ? null
        : bloatOf({
            estimate: parts.bloat && { ...parts.bloat, not_known: null, mend: null },
            columns: toastColumns,
            measured: file('toast'),
            motion: motionOf(parts.rates, liveRows, null),
            now,
          }),
    hitRate: numberOf(parts.rates, 'table_hit_rate'),
    indexHitRate: numberOf(parts.rates, 'index_hit_rate'),
    indexUse: numberOf(parts.rates, 'index_use'),
    hotShare: numberOf(parts.rates, 'hot_share'),
    level: worstLevel(verdicts.map(({ level }): Level => level)),
    verdicts,
  };
}

const add = (left: number | null, right: number | null) =>
  left === null ? right : right === null ? left : left + right;
const most = (left: number | null, right: number | null) =>
  left === null ? right : right === null ? left : Math.max(left, right);

/** Dead space of partitions together; unknown where one of them is. */
function foldedBloat(left: Bloat | null, right: Bloat | null, heapBytes: number | null): Bloat | null {
  if (!left && !right) return null;
  const bytes = add(left?.bytes ?? null, right?.bytes ?? null);
  const notKnown = left?.notKnown ?? right?.notKnown ?? null;
  return {
    bytes,
    percent: notKnown === null && bytes !== null && heapBytes ? (100 * bytes) / heapBytes : null,
    method: 'sum of its partitions',
    ageSeconds: most(left?.ageSeconds ?? null, right?.ageSeconds ?? null),
    notKnown,
    mend: left?.mend ?? right?.mend ?? null,
    estimatedPercent: null,
  };
}

/** Adds a partition to its root: sizes and rows are summed, of ages the oldest stands for all. */
function folded(root: TableRow, part: TableRow): TableRow {
  const growth =
    root.growth && part.growth
      ? {
          perDay: root.growth.perDay + part.growth.perDay,
          lowPerDay: root.growth.lowPerDay + part.growth.lowPerDay,
          highPerDay: root.growth.highPerDay + part.growth.highPerDay,
          days: Math.max(root.growth.days, part.growth.days),
        }
      : (root.growth ?? part.growth);
  const bytes = add(root.bytes, part.bytes);
  const heapBytes = add(root.heapBytes, part.heapBytes);
  const liveRows = add(root.liveRows, part.liveRows);
  const deadRows = add(root.deadRows, part.deadRows);
  const rows = (liveRows ?? 0) + (deadRows ?? 0);
  return {
    ...root,
    partitions: root.partitions + 1,
    bytes,
    heapBytes,
    toastBytes: add(root.toastBytes, part.toastBytes),
    indexBytes: add(root.indexBytes, part.indexBytes),
    growth,
    doublesInDays: growth && bytes !== null ? daysUntil(bytes, growth.perDay) : null,
    liveRows,
    deadRows,
    deadPercent: rows > 0 && deadRows !== null ? (100 * deadRows) / rows : null,
    vacuumAgeSeconds: most(root.vacuumAgeSeconds, part.vacuumAgeSeconds),
    xidAge: most(root.xidAge, part.xidAge),
    bloat: foldedBloat(root.bloat, part.bloat, heapBytes),
    level: worstLevel([root.level, part.level]),
  };
}

/** Gives partitioned tables the figures of their partitions; the partitions stay in the list behind them. */
export function withFolded(rows: readonly TableRow[]): TableRow[] {
  const places = new Map<string, number>();
  const result = [...rows];
  result.forEach((row, place) => {
    if (row.kind === 'partitioned' && row.root === null)
      places.set(nameKey(row.database, row.schema, row.table), place);
  });
  for (const row of rows) {
    if (row.root === null || row.kind === 'partitioned') continue;
    const place = places.get(nameKey(row.database, row.root.schema, row.root.table));
    const root = place === undefined ? undefined : result[place];
    if (place !== undefined && root) result[place] = folded(root, row);
  }
  return result;
}
