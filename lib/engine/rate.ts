import type { AnyCheck, CheckRow } from '@/lib/engine/define-check';

export interface Delta {
  value: number;
  /** The counter went back meanwhile: at least so much was counted. */
  lowerBound: boolean;
}

/**
 * What a counter grew by. A counter that went back, or whose `stats_reset` moved, was set to zero in between: what it
 * shows now came after, so it is a lower bound of the true growth. Undefined where nothing can be said.
 */
export function counterDelta(
  previous: number | null | undefined,
  current: number | null | undefined,
  wasReset = false,
): Delta | undefined {
  if (!isCount(current) || !isCount(previous)) return undefined;
  if (wasReset || current < previous) return { value: current, lowerBound: true };
  return { value: current - previous, lowerBound: false };
}

function isCount(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** One row of a tick, measured: counters are what they grew by over the interval, ratios are of the interval. */
export interface MeasuredRow {
  key: Record<string, string>;
  /** Columns and ratios by name. A counter or ratio that has no interval yet is not there at all. */
  values: CheckRow;
}

export interface MeasureInput {
  check: Pick<AnyCheck, 'columns' | 'ratios'>;
  rows: readonly CheckRow[];
  /** Rows of the tick before; undefined on the first. */
  previous: readonly CheckRow[] | undefined;
}

/** The key columns of a row as text; null counts as an empty name. */
export function keyOf(check: Pick<AnyCheck, 'columns'>, row: CheckRow): Record<string, string> {
  const key: Record<string, string> = {};
  for (const [name, column] of Object.entries(check.columns)) {
    if (column.role === 'key') key[name] = String(row[name] ?? '');
  }
  return key;
}

/** The key as one text that is the same for the same object at every tick. */
export function keyText(key: Record<string, string>): string {
  return JSON.stringify(
    Object.entries(key).sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0)),
  );
}

/**
 * Turns the rows of a tick into measures against the tick before. A key that was not there before has no delta yet.
 * `stats_reset`, where a row has it, tells of a reset even when the counter has already grown past its old value.
 */
export function measure({ check, rows, previous }: MeasureInput): MeasuredRow[] {
  const before = new Map(previous?.map((row) => [keyText(keyOf(check, row)), row]));
  return rows.map((row) => {
    const key = keyOf(check, row);
    const earlier = before.get(keyText(key));
    const wasReset = earlier !== undefined && (row.stats_reset ?? null) !== (earlier.stats_reset ?? null);
    const values: CheckRow = {};
    for (const [name, column] of Object.entries(check.columns)) {
      if (column.role !== 'counter') {
        values[name] = finite(row[name]);
        continue;
      }
      const delta = counterDelta(asNumber(earlier?.[name]), asNumber(row[name]), wasReset);
      if (delta) values[name] = delta.value;
    }
    for (const [name, ratio] of Object.entries(check.ratios ?? {})) {
      const percent = ratioPercent(ratio, values);
      if (percent !== undefined) values[name] = percent;
    }
    return { key, values };
  });
}

/**
 * 100 × sum over sum, or null when nothing was counted: a share of nothing is not known. Undefined when a part has
 * no interval yet.
 */
export function ratioPercent(
  ratio: { of: readonly string[]; over: readonly string[] },
  values: Record<string, unknown>,
): number | null | undefined {
  const numerator = sumOf(ratio.of, values);
  const denominator = sumOf(ratio.over, values);
  if (numerator === undefined || denominator === undefined) return undefined;
  return denominator > 0 ? (100 * numerator) / denominator : null;
}

function sumOf(names: readonly string[], values: Record<string, unknown>): number | undefined {
  let sum = 0;
  for (const name of names) {
    const value = values[name];
    if (typeof value !== 'number') return undefined;
    sum += value;
  }
  return sum;
}

function asNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** JSON and charts know no NaN and no infinity: not known. */
function finite(value: CheckRow[string] | undefined): string | number | boolean | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return value ?? null;
}

export const otherName = '(other)';

/**
 * Keeps the top rows by a column and sums the rest under `(other)`: counts and sizes are added, of everything else
 * (ages, shares) the largest stands for all.
 */
export function limitSeries(
  check: Pick<AnyCheck, 'columns' | 'maxSeries'>,
  rows: readonly MeasuredRow[],
): MeasuredRow[] {
  const limit = check.maxSeries;
  if (!limit || rows.length <= limit.count) return [...rows];
  const sorted = [...rows].sort(
    (left, right) => Number(right.values[limit.by] ?? -1) - Number(left.values[limit.by] ?? -1),
  );
  const rest = sorted.slice(limit.count);
  const key: Record<string, string> = {};
  const values: CheckRow = {};
  for (const [name, column] of Object.entries(check.columns)) {
    if (column.role === 'key') key[name] = otherName;
    if (column.role !== 'gauge' && column.role !== 'counter') continue;
    const numbers = rest.map((row) => row.values[name]).filter((value) => typeof value === 'number');
    if (numbers.length === 0) continue;
    const adds = column.role === 'counter' || ['count', 'bytes', 'rows'].includes(column.unit ?? '');
    values[name] = adds ? numbers.reduce((sum, value) => sum + value, 0) : Math.max(...numbers);
  }
  return [...sorted.slice(0, limit.count), { key, values: { ...key, ...values } }];
}
