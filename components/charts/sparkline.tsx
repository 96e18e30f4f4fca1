import { formatValue } from '@/lib/base/format';
import type { Unit } from '@/lib/base/units';

interface SparklineProps {
  /** Values at equal distances, oldest first; null is a gap. */
  values: readonly (number | null)[];
  /** What it is, for readers: `transactions per second, last hour`. */
  label: string;
  unit: Unit;
  width?: number;
  height?: number;
}

/**
 * A word-sized line. Plain SVG: a fleet has hundreds of them, and each would cost a chart component some
 * milliseconds. Drawn from zero unless the values stay far above it.
 */
export function Sparkline({ values, label, unit, width = 96, height = 22 }: SparklineProps) {
  const known = values.filter((value): value is number => value !== null);
  if (known.length === 0) {
    return <span className="text-xs text-faint">no history yet</span>;
  }
  const highest = Math.max(...known);
  const lowest = Math.min(...known);
  const floor =
    lowest > 0 && lowest > highest * 0.8 ? lowest - (highest - lowest || 1) * 0.5 : Math.min(0, lowest);
  const span = highest - floor || 1;
  const x = (index: number) => 1 + (index / Math.max(1, values.length - 1)) * (width - 2);
  const y = (value: number) => height - 2 - ((value - floor) / span) * (height - 4);
  let path = '';
  values.forEach((value, index) => {
    if (value === null) return;
    const starts = index === 0 || values[index - 1] === null;
    path += `${starts ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    // A value between two gaps is a dot: the first minute of a new server is already something to see.
    if (starts && (values[index + 1] ?? null) === null) path += 'h0.01';
  });
  const latest = known.at(-1) ?? null;
  return (
    <svg
      role="img"
      aria-label={`${label}: now ${formatValue(latest, unit)}, from ${formatValue(lowest, unit)} to ${formatValue(highest, unit)}`}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      className="shrink-0"
    >
      <path
        d={path}
        fill="none"
        stroke="var(--series-1)"
        strokeWidth="1.5"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  );
}
