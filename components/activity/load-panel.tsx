'use client';

import { X } from 'lucide-react';
import { useMemo } from 'react';
import { LoadTops } from '@/components/activity/load-tops';
import { showMoment, useMoment } from '@/components/activity/moment-bar';
import { filterBy, sliceWords, useFilters } from '@/components/activity/slices';
import { StandingNotice } from '@/components/activity/standing-notice';
import type { ChartLine } from '@/components/charts/chart-rows';
import type { ChartMark } from '@/components/charts/marks';
import { TimeChart } from '@/components/charts/time-chart';
import { type LoadFilters, useEarlierLoad, useLoad } from '@/components/data/activity';
import { useMarks } from '@/components/data/marks';
import { showWindow, useRange } from '@/components/data/range';
import { useUrlState } from '@/components/data/url-state';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import { formatNumber, plural } from '@/lib/base/format';
import { type Load, type LoadSlice, loadSlices } from '@/lib/contract/load';

const sliceOptions = loadSlices.map((value) => ({ value, label: `By ${sliceWords[value].toLowerCase()}` }));
const ofOptions = [
  { value: 'clients', label: 'Clients' },
  { value: 'background', label: 'Background' },
];

/** Average active sessions over the range, sliced one way and narrowed by others. A click chooses a moment. */
export function LoadPanel({ id, clusterId }: { id: string; clusterId: string }) {
  const range = useRange();
  const [by, setBy] = useUrlState('by', 'wait');
  const [of, setOf] = useUrlState('of', 'clients');
  const filters = useFilters();
  const load = useLoad(id, range, { by, of, filters });
  const earlier = useEarlierLoad(id, load.data, range.compareSeconds, filters);
  const compared = range.compareSeconds === null ? undefined : earlier.data;
  const marks = useMarks(clusterId, id);
  const data = load.data;
  return (
    <Panel
      id="load"
      title="Average active sessions"
      note="Sampled each second. “CPU” works without waiting. Drag over the chart to zoom, click it to see the sessions of that moment, click a name to see only that."
      at={data?.observedAt ?? null}
      staleAfterSeconds={30}
      actions={
        <>
          <Select
            aria-label="Whose load"
            options={ofOptions}
            value={of}
            onChange={(event) => setOf(event.target.value)}
            className="h-7 w-32 text-sm"
          />
          <Select
            aria-label="Slice"
            options={sliceOptions}
            value={by}
            onChange={(event) => setBy(event.target.value)}
            className="h-7 w-40 text-sm"
          />
        </>
      }
    >
      <Filters filters={filters} />
      <QueryState query={load} lines={8}>
        {(answer) => (
          <>
            <StandingNotice {...answer} />
            <LoadChart
              load={answer}
              earlier={compared}
              backMs={(range.compareSeconds ?? 0) * 1000}
              marks={marks}
            />
            <LoadTops load={answer} instanceId={id} />
          </>
        )}
      </QueryState>
    </Panel>
  );
}

function Filters({ filters }: { filters: LoadFilters }) {
  const entries = Object.entries(filters) as [LoadSlice, string][];
  if (entries.length === 0) return null;
  return (
    <p className="mb-2 flex flex-wrap items-center gap-1.5 text-sm">
      <span className="text-muted">Only</span>
      {entries.map(([slice, value]) => (
        <Button
          key={slice}
          size="small"
          aria-label={`Remove the filter ${sliceWords[slice]} ${value}`}
          onClick={() => filterBy(slice, null)}
        >
          <span className="max-w-64 truncate">
            {sliceWords[slice].toLowerCase()} {value}
          </span>
          <X aria-hidden className="size-3.5" />
        </Button>
      ))}
    </p>
  );
}

/** A line far above the load would press it flat: from so many times the highest load on it is only told. */
const tooHigh = 5;

/** The host's processors: where the load is above them somebody waits for one. */
function processorLine(load: Load): ChartLine[] {
  const { processors } = load;
  const sums = Array.from({ length: load.points }, (_, index) =>
    load.lines.reduce((sum, line) => sum + (line.values[index] ?? 0), 0),
  );
  if (processors === null || Math.max(...sums) * tooHigh < processors) return [];
  const points = sums.map(
    (_, index) => [(load.start + index * load.stepSeconds) * 1000, processors] as const,
  );
  return [{ id: 'processors', label: 'Processors', points }];
}

/** The whole load of another window as one line, moved into this one. */
function totalLine(load: Load, backMs: number): ChartLine {
  const points = Array.from({ length: load.points }, (_, index): readonly [number, number | null] => {
    const values = load.lines.map((line) => line.values[index] ?? null);
    const isKnown = values.some((value) => value !== null);
    const sum = values.reduce<number>((total, value) => total + (value ?? 0), 0);
    return [(load.start + index * load.stepSeconds) * 1000 + backMs, isKnown ? sum : null];
  });
  return { id: 'earlier', label: 'Earlier', points };
}

interface LoadChartProps {
  load: Load;
  /** The window that it is compared with, so many ms before this one. */
  earlier: Load | undefined;
  backMs: number;
  marks: readonly ChartMark[];
}

function LoadChart({ load, earlier, backMs, marks }: LoadChartProps) {
  const moment = useMoment();
  const lines = useMemo(() => {
    // Buckets after the last sample say nothing: the legend tells the newest value that there is.
    const end = (load.lines[0]?.values.findLastIndex((value) => value !== null) ?? -1) + 1;
    return load.lines.map((line) => ({
      id: line.value,
      label: line.label,
      points: line.values
        .slice(0, end)
        .map((value, index) => [(load.start + index * load.stepSeconds) * 1000, value] as const),
    }));
  }, [load]);
  const processors = useMemo(() => processorLine(load), [load]);
  const ghost = useMemo(
    () => [...processors, ...(earlier && earlier.taken > 0 ? [totalLine(earlier, backMs)] : [])],
    [processors, earlier, backMs],
  );
  const shown = useMemo<ChartMark[]>(
    () => [
      ...marks,
      ...(moment ? [{ at: Date.parse(moment), label: 'shown below', kind: 'moment' as const }] : []),
    ],
    [marks, moment],
  );
  if (load.taken === 0) {
    return (
      <EmptyState title="Nothing was sampled in this window">
        Sampling begins with the first round of the collector and ten seconds of it are shown when they are
        over. Choose a window since then, or look at the worker’s page if it should run.
      </EmptyState>
    );
  }
  return (
    <>
      <TimeChart
        id="load"
        title="Average active sessions"
        as="stacked"
        unit="none"
        lines={lines}
        ghost={ghost}
        from={Date.parse(load.from)}
        to={Date.parse(load.to)}
        stepMs={load.stepSeconds * 1000}
        marks={shown}
        onRange={showWindow}
        onMoment={showMoment}
        onPick={(value) => filterBy(load.by, value)}
        height={240}
      />
      <p className="mt-1 text-xs text-muted">
        {formatNumber(load.mean ?? 0)} on average over {plural(load.taken, 'sample')}
        {load.missed > 0 ? `; ${plural(load.missed, 'second')} could not be sampled and are left out` : ''}.{' '}
        {load.processors === null
          ? 'How many processors the host has is not known, so no line is drawn for them.'
          : `${processors.length > 0 ? 'The grey line is' : 'Far above this chart are'} the host’s ${plural(load.processors, 'processor')}${load.processorsFrom ? ` (told by ${load.processorsFrom})` : ''}.`}
        {earlier
          ? earlier.taken > 0
            ? ' The other grey line is the whole load of the window compared with.'
            : ' Nothing was sampled in the window compared with.'
          : ''}{' '}
        Plumbline’s own watching is left out.
      </p>
    </>
  );
}
