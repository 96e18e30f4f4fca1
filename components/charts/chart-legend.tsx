'use client';

import { ChartLine as ChartIcon, Table2 } from 'lucide-react';
import type { ChartLine } from '@/components/charts/chart-rows';
import { lineColour } from '@/components/charts/palette';
import { IconButton } from '@/components/ui/button';
import { classNames } from '@/components/ui/class-names';
import { formatValue } from '@/lib/base/format';
import type { Unit } from '@/lib/base/units';

interface ChartLegendProps {
  title: string;
  lines: readonly ChartLine[];
  unit: Unit;
  hidden: ReadonlySet<string>;
  onToggle: (id: string) => void;
  /** Where a click narrows the page to the line instead of hiding it. */
  onPick?: (id: string) => void;
  view: string;
  onView: (view: 'chart' | 'table') => void;
}

function latest(line: ChartLine): number | null {
  return line.points.at(-1)?.[1] ?? null;
}

/** The lines with their newest values; a click hides one, or picks it. The last button turns the chart into its table. */
export function ChartLegend(props: ChartLegendProps) {
  const { title, lines, unit, hidden, onToggle, onPick, view, onView } = props;
  const asTable = view === 'table';
  return (
    <figcaption className="mt-1 flex items-start gap-2">
      <ul className="flex min-w-0 flex-1 flex-wrap gap-x-3 pl-1">
        {lines.map((line, index) => (
          <li key={line.id} className="max-w-full min-w-0">
            <button
              type="button"
              aria-pressed={onPick ? undefined : !hidden.has(line.id)}
              title={`${onPick ? 'Only' : hidden.has(line.id) ? 'Show' : 'Hide'} ${line.label}`}
              onClick={() => (onPick ?? onToggle)(line.id)}
              className={classNames(
                'flex min-h-6 max-w-full items-center gap-1.5 text-xs text-muted hover:text-ink',
                hidden.has(line.id) && 'line-through',
              )}
            >
              <span
                aria-hidden
                className="size-2 shrink-0 rounded-xs"
                style={{ background: lineColour(index) }}
              />
              <span className="truncate">{line.label}</span>
              <span className="font-medium text-ink">{formatValue(latest(line), unit)}</span>
            </button>
          </li>
        ))}
      </ul>
      <IconButton
        label={asTable ? `Show ${title} as a chart` : `Show ${title} as a table`}
        size="small"
        onClick={() => onView(asTable ? 'chart' : 'table')}
        className="no-print min-h-6"
      >
        {asTable ? (
          <ChartIcon aria-hidden className="size-3.5" />
        ) : (
          <Table2 aria-hidden className="size-3.5" />
        )}
      </IconButton>
    </figcaption>
  );
}
