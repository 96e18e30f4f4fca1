import type { ChartLine } from '@/components/charts/chart-rows';
import { type Unit, units } from '@/lib/base/units';
import type { CheckState } from '@/lib/contract/checks';
import type { CheckSeries } from '@/lib/contract/series';

type Draw = CheckState['draw'][number];

/** More lines than this cannot be told apart; the rest is in the table. */
const mostLines = 12;

function asUnit(text: string | undefined): Unit {
  return units.find((unit) => unit === text) ?? 'none';
}

/** Counters are read per second: their unit changes with it. */
function perSecond(unit: Unit): Unit {
  return unit === 'bytes' ? 'bytes-per-second' : 'per-second';
}

/** The unit of a drawn column or ratio, as the series have it. */
export function drawnUnit(check: CheckState, column: string): Unit {
  if (Object.hasOwn(check.ratios, column)) return 'percent';
  const definition = check.columns[column];
  const unit = asUnit(definition?.unit);
  return definition?.role === 'counter' ? perSecond(unit) : unit;
}

export function drawnLabel(check: CheckState, column: string): string {
  return check.ratios[column]?.label ?? check.columns[column]?.label ?? column;
}

/** The name of a series among others of its check: its database and its keys. */
function seriesName(database: string | null, key: Record<string, string>): string {
  return [database, ...Object.values(key)].filter(Boolean).join(' · ');
}

export interface DrawnLines {
  lines: ChartLine[];
  unit: Unit;
  /** Lines that were left out: the smallest ones. */
  left: number;
}

/**
 * The lines of one drawing of a check. Each series gives one line per drawn column; when there are too many the
 * largest by their newest value stay.
 * @param shiftMs moves them on in time: for a window of another day.
 */
export function drawnLines(
  check: CheckState,
  draw: Draw,
  data: CheckSeries | undefined,
  shiftMs = 0,
): DrawnLines {
  const unit = drawnUnit(check, draw.columns[0] ?? '');
  if (!data) return { lines: [], unit, left: 0 };
  const several = draw.columns.length > 1;
  const all = data.series.flatMap((series) => {
    const name = seriesName(series.database, series.key);
    return draw.columns.flatMap((column): ChartLine[] => {
      const values = series.ratios[column] ?? series.columns[column];
      if (!values) return [];
      const label =
        name && several ? `${name} ${drawnLabel(check, column)}` : name || drawnLabel(check, column);
      const points = values.map(
        (value, index) => [(data.start + index * data.stepSeconds) * 1000 + shiftMs, value] as const,
      );
      return [{ id: `${name}/${column}`, label, points: withoutEdges(points) }];
    });
  });
  const lines = all.filter((line) => line.points.length > 0);
  if (lines.length <= mostLines) return { lines, unit, left: 0 };
  const size = (line: ChartLine) => Math.abs(line.points.findLast(([, value]) => value !== null)?.[1] ?? 0);
  const kept = lines.toSorted((left, right) => size(right) - size(left)).slice(0, mostLines);
  return { lines: kept, unit, left: lines.length - kept.length };
}

/** Buckets before the first and after the last measurement say nothing; gaps between stay. */
function withoutEdges(points: (readonly [number, number | null])[]): (readonly [number, number | null])[] {
  const first = points.findIndex(([, value]) => value !== null);
  const last = points.findLastIndex(([, value]) => value !== null);
  return first < 0 ? [] : points.slice(first, last + 1);
}
