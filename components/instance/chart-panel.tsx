'use client';

import { useMemo } from 'react';
import type { ChartMark } from '@/components/charts/marks';
import { type ChartLimit, TimeChart } from '@/components/charts/time-chart';
import type { SeriesWindow } from '@/components/data/instance';
import { showWindow } from '@/components/data/range';
import { drawnLines } from '@/components/instance/check-lines';
import { CheckNotice, isUnmeasured } from '@/components/instance/check-notice';
import { CheckTitle } from '@/components/instance/check-title';
import { NothingDrawn, UnknownParts } from '@/components/instance/nothing-drawn';
import { NearViewport } from '@/components/ui/near-viewport';
import { Panel } from '@/components/ui/panel';
import { Skeleton } from '@/components/ui/skeleton';
import type { CheckState } from '@/lib/contract/checks';
import type { Finding } from '@/lib/contract/findings';

/** Of a chart with one line of legend, in px. */
const chartHeight = 212;

interface ChartPanelProps {
  check: CheckState;
  draw: CheckState['draw'][number];
  /** Undefined while it loads. */
  series: SeriesWindow | undefined;
  compareSeconds: number | null;
  marks: readonly ChartMark[];
  /** Open findings that say why something of this check is not known. */
  unknown: readonly Finding[];
  /** The first panel of a check carries its anchor. */
  anchor: boolean;
}

/** Thresholds of a drawing of one gauge or ratio; a counter is judged by its growth but drawn per second. */
function limitsOf(check: CheckState, draw: CheckState['draw'][number]): ChartLimit[] {
  const [column] = draw.columns;
  if (column === undefined || draw.columns.length > 1 || check.columns[column]?.role === 'counter') return [];
  return check.judge
    .filter((judged) => judged.column === column)
    .flatMap(({ warn, crit }) => [
      ...(warn === null ? [] : [{ value: warn, level: 'warn' as const }]),
      ...(crit === null ? [] : [{ value: crit, level: 'crit' as const }]),
    ]);
}

/** One drawing of one check over the page's range. It knows the check by its descriptor only. */
export function ChartPanel({ check, draw, series, compareSeconds, marks, unknown, anchor }: ChartPanelProps) {
  const data = series?.answer.items.find((item) => item.check === check.id);
  const earlier = series?.earlier?.items.find((item) => item.check === check.id);
  const drawn = useMemo(() => drawnLines(check, draw, data), [check, draw, data]);
  const ghost = useMemo(
    () => drawnLines(check, draw, earlier, (compareSeconds ?? 0) * 1000).lines,
    [check, draw, earlier, compareSeconds],
  );
  const id = `${check.id}.${check.draw.indexOf(draw)}`;
  return (
    <Panel
      id={anchor ? `check-${check.id}` : undefined}
      level={3}
      title={<CheckTitle check={check} title={draw.title} />}
      at={data?.newestAt ?? check.results[0]?.observedAt ?? null}
      staleAfterSeconds={check.everySeconds * 2.5 + 5}
    >
      {isUnmeasured(check) ? (
        <CheckNotice check={check} />
      ) : !series ? (
        <Skeleton lines={5} />
      ) : drawn.lines.length === 0 ? (
        <NothingDrawn check={check} unknown={unknown} />
      ) : (
        <NearViewport height={chartHeight}>
          <TimeChart
            id={id}
            title={draw.title}
            as={draw.as === 'area' || draw.as === 'stacked' ? draw.as : 'line'}
            unit={drawn.unit}
            lines={drawn.lines}
            ghost={ghost}
            from={Date.parse(series.answer.from)}
            to={Date.parse(series.answer.to)}
            stepMs={(data?.stepSeconds ?? check.everySeconds) * 1000}
            marks={marks}
            limits={limitsOf(check, draw)}
            onRange={showWindow}
          />
          {drawn.left > 0 || data?.truncated ? (
            <p className="mt-1 text-xs text-muted">
              The largest {drawn.lines.length} are drawn;{' '}
              {drawn.left > 0 ? `${drawn.left} more are` : 'more are'} kept.
            </p>
          ) : null}
          <div className="mt-2 flex flex-col gap-2 empty:hidden">
            <CheckNotice check={check} />
            <UnknownParts unknown={unknown} />
          </div>
        </NearViewport>
      )}
    </Panel>
  );
}
