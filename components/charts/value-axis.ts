import type { ChartRow } from '@/components/charts/chart-rows';
import { valueTicks } from '@/components/charts/ticks';
import type { Unit } from '@/lib/base/units';

/** The smallest and the largest drawn value; stacked lines count as their sum. */
function valueBounds(
  rows: readonly ChartRow[],
  shown: ReadonlySet<string>,
  stacked: boolean,
): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    let sum = 0;
    for (const [key, value] of Object.entries(row)) {
      if (value === null || !(shown.has(key) || key.startsWith('g'))) continue;
      if (shown.has(key)) sum += value;
      low = Math.min(low, value);
      high = Math.max(high, stacked && shown.has(key) ? sum : value);
    }
  }
  return high >= low ? [low, high] : [0, 0];
}

export interface ValueAxis {
  low: number;
  high: number;
  ticks: number[];
  /** The highest value: it decides the unit that all ticks are written in. */
  countedFor: number;
}

/**
 * The axis of a chart's values. Areas always stand on zero. A share above 50 % (a hit rate lives between 90 and 100)
 * is drawn where it moves, and never beyond 100.
 */
export function valueAxis(
  rows: readonly ChartRow[],
  shown: ReadonlySet<string>,
  as: 'line' | 'area' | 'stacked',
  unit: Unit,
): ValueAxis {
  const [low, high] = valueBounds(rows, shown, as === 'stacked');
  const isShare = unit === 'percent';
  const isHighShare = isShare && as === 'line' && low > 50;
  const floor = isHighShare ? Math.min(95, Math.floor((low - (100 - low) / 2) / 5) * 5) : Math.min(0, low);
  // Less than a thousandth cannot be written on an axis of shares: it is the line at the bottom.
  const countedFor = isShare ? (high > 50 ? 100 : Math.max(1, high)) : high;
  const ticks = valueTicks(floor, countedFor, unit);
  const top = ticks.at(-1) ?? 1;
  const highest = isShare ? Math.min(100, top) : top;
  return { low: ticks[0] ?? 0, high: highest, ticks: ticks.filter((tick) => tick <= highest), countedFor };
}
