'use client';

import { useMemo, useRef } from 'react';
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { ChartLegend } from '@/components/charts/chart-legend';
import { type ChartLine, chartRows } from '@/components/charts/chart-rows';
import { ChartTable } from '@/components/charts/chart-table';
import { ChartTooltip } from '@/components/charts/chart-tooltip';
import { MarkGlyph } from '@/components/charts/mark-glyph';
import { type ChartMark, markColours, marksAt, marksIn } from '@/components/charts/marks';
import { lineColour, lineDash } from '@/components/charts/palette';
import { timeTicks, timeTickText, valueTickText } from '@/components/charts/ticks';
import { plot, useBrush } from '@/components/charts/use-brush';
import { valueAxis } from '@/components/charts/value-axis';
import { useUrlState } from '@/components/data/url-state';
import type { Unit } from '@/lib/base/units';

export interface ChartLimit {
  value: number;
  level: 'warn' | 'crit';
}

interface TimeChartProps {
  /** Names its parameters in the URL; unique on the page. */
  id: string;
  /** Read aloud and used for the table's file. */
  title: string;
  as: 'line' | 'area' | 'stacked';
  unit: Unit;
  lines: readonly ChartLine[];
  /** The range of the axis, epoch ms. */
  from: number;
  to: number;
  /** Distance of two points: the check's cadence or the bucket that the API chose, in ms. */
  stepMs: number;
  /** The same window of another day, already shifted into this one; drawn thin and grey. */
  ghost?: readonly ChartLine[];
  marks?: readonly ChartMark[];
  limits?: readonly ChartLimit[];
  /** Called when somebody drags over the chart. */
  onRange?: (from: number, to: number) => void;
  /** Called with a line's id when somebody clicks on it in the legend, instead of hiding it. */
  onPick?: (lineId: string) => void;
  /** Called with the moment when somebody clicks on the chart. */
  onMoment?: (at: number) => void;
  height?: number;
}

// Names of lines come from watched servers, and a chart takes dots in a name for a path: rows are keyed by place.
const drawnKey = (index: number) => `l${index}`;
const ghostKey = (index: number) => `g${index}`;

function keyed(lines: readonly ChartLine[], key: (index: number) => string): ChartLine[] {
  return lines.map((line, index) => ({ ...line, id: key(index) }));
}

/** A chart over time with its legend and its table. Gaps stay gaps; the unit stands on the axis. */
export function TimeChart(props: TimeChartProps) {
  const {
    id,
    title,
    as,
    unit,
    lines,
    from,
    to,
    stepMs,
    ghost = [],
    marks = [],
    limits = [],
    onRange,
  } = props;
  const height = props.height ?? 180;
  const box = useRef<HTMLDivElement>(null);
  const [hiddenText, setHidden] = useUrlState(`${id}.hide`);
  const [view, setView] = useUrlState(`${id}.as`, 'chart');
  const hidden = useMemo(() => new Set(hiddenText ? hiddenText.split('|') : []), [hiddenText]);
  const rows = useMemo(
    () => chartRows([...keyed(lines, drawnKey), ...keyed(ghost, ghostKey)], stepMs),
    [lines, ghost, stepMs],
  );
  const brush = useBrush(box, from, to, onRange, props.onMoment);
  const visible = lines.filter((line) => !hidden.has(line.id));

  const axis = useMemo(() => {
    const shown = new Set(lines.flatMap((line, index) => (hidden.has(line.id) ? [] : [drawnKey(index)])));
    return valueAxis(rows, shown, as, unit);
  }, [rows, lines, hidden, as, unit]);

  const toggle = (lineId: string) => {
    const next = new Set(hidden);
    if (!next.delete(lineId)) next.add(lineId);
    setHidden([...next].join('|'));
  };

  return (
    <figure aria-label={title} className="min-w-0">
      {view === 'table' ? (
        <ChartTable id={id} title={title} lines={visible} unit={unit} />
      ) : (
        <div ref={box} className="relative touch-pan-y select-none" style={{ height }} {...brush.handlers}>
          <ResponsiveContainer width="100%" height={height} initialDimension={{ width: 480, height }}>
            <ComposedChart
              data={rows}
              margin={{ top: 6, right: plot.right, bottom: 0, left: 0 }}
              accessibilityLayer={false}
            >
              <CartesianGrid vertical={false} stroke="var(--line)" />
              <XAxis
                dataKey="at"
                type="number"
                scale="time"
                domain={[from, to]}
                allowDataOverflow
                ticks={timeTicks(from, to, 6)}
                tickFormatter={(at: number) => timeTickText(at, to - from)}
                tick={{ fill: 'var(--faint)', fontSize: 11 }}
                tickLine={false}
                axisLine={{ stroke: 'var(--line)' }}
                height={20}
                minTickGap={24}
              />
              <YAxis
                width={plot.left}
                domain={[axis.low, axis.high]}
                ticks={axis.ticks}
                tickFormatter={(value: number) => valueTickText(value, axis.countedFor, unit)}
                tick={{ fill: 'var(--faint)', fontSize: 11 }}
                tickLine={false}
                axisLine={false}
                interval={0}
              />
              <Tooltip
                isAnimationActive={false}
                cursor={{ stroke: 'var(--edge)', strokeDasharray: '3 3' }}
                content={
                  <ChartTooltip
                    lines={lines}
                    keyOf={drawnKey}
                    hidden={hidden}
                    unit={unit}
                    marksAt={(at) => marksAt(marks, at, from, to)}
                  />
                }
              />
              {limits
                .filter((limit) => limit.value <= axis.high && limit.value >= axis.low)
                .map((limit) => (
                  <ReferenceLine
                    key={`${limit.level}${limit.value}`}
                    y={limit.value}
                    stroke={`var(--${limit.level})`}
                    strokeDasharray="2 4"
                  />
                ))}
              {marksIn(marks, from, to).map((group) => (
                <ReferenceLine
                  key={`${group.lead.kind}${group.at}`}
                  x={group.at}
                  stroke={markColours[group.lead.kind]}
                  strokeDasharray="4 2"
                  label={<MarkGlyph group={group} />}
                />
              ))}
              {ghost.map((line, index) => (
                <Line
                  key={`ghost:${line.id}`}
                  dataKey={ghostKey(index)}
                  stroke="var(--faint)"
                  strokeDasharray="2 3"
                  strokeWidth={1}
                  dot={false}
                  activeDot={false}
                  isAnimationActive={false}
                />
              ))}
              {lines.map((line, index) => {
                if (hidden.has(line.id)) return null;
                const common = {
                  dataKey: drawnKey(index),
                  name: line.label,
                  stroke: lineColour(index),
                  strokeDasharray: lineDash(index),
                  strokeWidth: 1.5,
                  dot: false,
                  activeDot: { r: 2.5 },
                  isAnimationActive: false,
                  connectNulls: false,
                } as const;
                if (as === 'line') return <Line key={line.id} {...common} />;
                return (
                  <Area
                    key={line.id}
                    {...common}
                    fill={lineColour(index)}
                    fillOpacity={as === 'stacked' ? 0.35 : 0.12}
                    stackId={as === 'stacked' ? 'all' : undefined}
                  />
                );
              })}
            </ComposedChart>
          </ResponsiveContainer>
          {brush.selection ? (
            <div
              aria-hidden
              className="pointer-events-none absolute top-1 bottom-5 border-x border-accent bg-accent/15"
              style={{ left: brush.selection.left, width: brush.selection.width }}
            />
          ) : null}
        </div>
      )}
      <ChartLegend
        lines={lines}
        unit={unit}
        hidden={hidden}
        onToggle={toggle}
        onPick={props.onPick}
        view={view}
        onView={(next) => setView(next)}
        title={title}
      />
    </figure>
  );
}
