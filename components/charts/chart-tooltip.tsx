'use client';

import type { ChartLine, ChartRow } from '@/components/charts/chart-rows';
import { markLooks } from '@/components/charts/mark-looks';
import { type ChartMark, markColours } from '@/components/charts/marks';
import { lineColour } from '@/components/charts/palette';
import { bothTimes } from '@/components/ui/age';
import { formatValue } from '@/lib/base/format';
import type { Unit } from '@/lib/base/units';

interface ChartTooltipProps {
  active?: boolean;
  payload?: readonly { payload?: ChartRow }[];
  lines: readonly ChartLine[];
  /** The key of a line's values in the row, by its place. */
  keyOf: (index: number) => string;
  hidden: ReadonlySet<string>;
  unit: Unit;
  /** What happened around a moment. */
  marksAt: (at: number) => readonly ChartMark[];
}

const most = 10;

/** The values under the pointer, largest first; at most ten, the rest counted. */
export function ChartTooltip({ active, payload, lines, keyOf, hidden, unit, marksAt }: ChartTooltipProps) {
  const row = payload?.[0]?.payload;
  if (!active || !row) return null;
  const marks = marksAt(row.at);
  const values = lines
    .map((line, index) => ({ line, index, value: hidden.has(line.id) ? null : (row[keyOf(index)] ?? null) }))
    .filter((each): each is { line: ChartLine; index: number; value: number } => each.value !== null)
    .sort((left, right) => right.value - left.value);
  return (
    <div className="max-w-72 rounded-md border border-line bg-raised px-2 py-1.5 text-xs text-ink shadow-raised">
      <p className="mb-1 text-muted">{bothTimes(new Date(row.at).toISOString())}</p>
      {marks.slice(0, most).map((mark) => {
        const { icon: Icon, one } = markLooks[mark.kind];
        return (
          <p
            key={`${mark.at}${mark.label}`}
            className="mb-0.5 flex items-start gap-1 font-medium"
            style={{ color: markColours[mark.kind] }}
          >
            <Icon aria-label={one} className="mt-0.5 size-3 shrink-0" />
            <span className="line-clamp-2">{mark.label}</span>
          </p>
        );
      })}
      {marks.length > most ? <p className="mb-0.5">and {marks.length - most} more changes</p> : null}
      {values.length === 0 ? <p>not measured</p> : null}
      {values.slice(0, most).map(({ line, index, value }) => (
        <p key={line.id} className="flex items-center gap-1.5">
          <span
            aria-hidden
            className="size-2 shrink-0 rounded-xs"
            style={{ background: lineColour(index) }}
          />
          <span className="min-w-0 flex-1 truncate">{line.label}</span>
          <span className="font-medium">{formatValue(value, unit)}</span>
        </p>
      ))}
      {values.length > most ? <p className="text-muted">and {values.length - most} more</p> : null}
    </div>
  );
}
