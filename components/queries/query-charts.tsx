'use client';

import type { ChartLine } from '@/components/charts/chart-rows';
import type { ChartMark } from '@/components/charts/marks';
import { TimeChart } from '@/components/charts/time-chart';
import { showWindow } from '@/components/data/range';
import { Panel } from '@/components/ui/panel';
import type { Unit } from '@/lib/base/units';
import type { QueryDetail, QuerySeries } from '@/lib/contract/queries';

type Measure = Exclude<keyof QuerySeries, 'start' | 'stepSeconds' | 'points'>;

interface Drawing {
  id: string;
  title: string;
  unit: Unit;
  as: 'line' | 'area' | 'stacked';
  lines: readonly (readonly [Measure, string])[];
}

const drawings: readonly Drawing[] = [
  {
    id: 'time',
    title: 'Time per second',
    unit: 'milliseconds',
    as: 'area',
    lines: [['timePerSecond', 'Time']],
  },
  { id: 'calls', title: 'Calls', unit: 'per-second', as: 'area', lines: [['callsPerSecond', 'Calls']] },
  {
    id: 'mean',
    title: 'Length of a call',
    unit: 'milliseconds',
    as: 'line',
    lines: [
      ['meanMs', 'Mean'],
      ['maxMs', 'Longest known'],
    ],
  },
  { id: 'rows', title: 'Rows', unit: 'per-second', as: 'line', lines: [['rowsPerSecond', 'Rows']] },
  {
    id: 'blocks',
    title: 'Blocks',
    unit: 'per-second',
    as: 'line',
    lines: [
      ['sharedHitPerSecond', 'Found in cache'],
      ['sharedReadPerSecond', 'Read'],
      ['sharedDirtiedPerSecond', 'Dirtied'],
    ],
  },
  {
    id: 'temp',
    title: 'Temporary blocks written',
    unit: 'per-second',
    as: 'line',
    lines: [['tempWrittenPerSecond', 'Temporary blocks']],
  },
  { id: 'wal', title: 'WAL', unit: 'bytes-per-second', as: 'line', lines: [['walBytesPerSecond', 'WAL']] },
];

function linesOf(drawing: Drawing, series: QuerySeries, shiftMs = 0): ChartLine[] {
  return drawing.lines.flatMap(([measure, label]) => {
    const points = series[measure].map(
      (value, place) => [(series.start + place * series.stepSeconds) * 1000 + shiftMs, value] as const,
    );
    // Buckets before the first and after the last reading say nothing; gaps between stay.
    const first = points.findIndex(([, value]) => value !== null);
    const last = points.findLastIndex(([, value]) => value !== null);
    return first < 0 ? [] : [{ id: measure, label, points: points.slice(first, last + 1) }];
  });
}

interface QueryChartsProps {
  query: QueryDetail;
  compareSeconds: number | null;
  marks: readonly ChartMark[];
}

/** What a query did over the range: each measure in a chart of its own. */
export function QueryCharts({ query, compareSeconds, marks }: QueryChartsProps) {
  const { series, earlierSeries } = query;
  return (
    <section aria-label="Charts" className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
      {drawings.map((drawing) => {
        const lines = linesOf(drawing, series);
        return (
          <Panel
            key={drawing.id}
            level={3}
            title={drawing.title}
            at={query.observedAt}
            staleAfterSeconds={180}
          >
            {lines.length === 0 ? (
              <p className="text-sm text-muted">
                {drawing.id === 'mean'
                  ? 'It was not called in this range.'
                  : 'Nobody has read statements in this range.'}
              </p>
            ) : (
              <TimeChart
                id={`query.${drawing.id}`}
                title={drawing.title}
                as={drawing.as}
                unit={drawing.unit}
                lines={lines}
                ghost={earlierSeries ? linesOf(drawing, earlierSeries, (compareSeconds ?? 0) * 1000) : []}
                from={Date.parse(query.from)}
                to={Date.parse(query.to)}
                stepMs={series.stepSeconds * 1000}
                marks={marks}
                onRange={showWindow}
                height={150}
              />
            )}
          </Panel>
        );
      })}
    </section>
  );
}
