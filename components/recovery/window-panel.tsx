'use client';

import { useRouter } from 'next/navigation';
import { useMemo } from 'react';
import { type Lane, LaneChart } from '@/components/charts/lane-chart';
import { useUrlState } from '@/components/data/url-state';
import { WindowSentence } from '@/components/recovery/window-words';
import { Moment } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import { StatusMark } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import type { Recovery } from '@/lib/contract/recovery';

const ranges = [
  { value: '24h', label: 'Last 24 hours' },
  { value: '7d', label: 'Last 7 days' },
  { value: '30d', label: 'Last 30 days' },
];

export const defaultRange = '7d';

/** What can be reached, drawn and said. */
export function WindowPanel({ recovery }: { recovery: Recovery }) {
  const [range, setRange] = useUrlState('range', defaultRange);
  const [view, setView] = useUrlState('window', 'chart');
  const router = useRouter();
  const lanes = useMemo(() => lanesOf(recovery), [recovery]);
  const rows = useMemo(() => rowsOf(recovery), [recovery]);
  const read = recovery.repositories.flatMap(({ lookedAt }) => lookedAt ?? []).sort();
  return (
    <Panel
      title="Recoverable window"
      note="From our own list of the WAL archive, not from what backups say of themselves. Names and sizes are compared; contents are not read: a damaged segment is found by name when a drill or a restore replays it."
      at={read[0] ?? null}
      staleAfterSeconds={180}
      actions={
        <>
          <Select
            aria-label="Range of the time line"
            value={range}
            options={ranges}
            className="h-7 w-auto text-sm"
            onChange={(event) => setRange(event.target.value)}
          />
          <Button size="small" onClick={() => setView(view === 'table' ? 'chart' : 'table')}>
            {view === 'table' ? 'As a chart' : 'As a table'}
          </Button>
        </>
      }
    >
      <div className="space-y-3">
        <WindowSentence recovery={recovery} />
        {view === 'table' ? (
          <DataTable
            id="stretches"
            label="Recoverable window"
            rows={rows}
            columns={stretchColumns}
            rowKey={({ key }) => key}
            defaultSort="-from"
            empty={<p className="p-3 text-sm text-muted">Nothing of the past can be reached.</p>}
          />
        ) : lanes.length > 0 ? (
          <>
            <LaneChart
              title="Recoverable window"
              lanes={lanes}
              from={Date.parse(recovery.from)}
              to={Date.parse(recovery.to)}
              onMoment={(at) =>
                router.push(
                  `/clusters/${recovery.cluster.id}/restore?what=look&at=${new Date(at).toISOString()}`,
                )
              }
            />
            <Legend />
          </>
        ) : null}
      </div>
    </Panel>
  );
}

function Legend() {
  const items = [
    ['bg-ok/60', 'every second'],
    ['bg-crit', 'hole'],
    ['bg-stale/60', 'another timeline'],
  ] as const;
  return (
    <p className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      {items.map(([look, word]) => (
        <span key={word} className="inline-flex items-center gap-1">
          <span aria-hidden className={`inline-block h-2.5 w-4 rounded-xs ${look}`} />
          {word}
        </span>
      ))}
      <span>■ full backup</span>
      <span>● differential or incremental</span>
      <span>◆ drill</span>
      <span>A click opens a copy at that moment.</span>
    </p>
  );
}

const ms = (at: string) => Date.parse(at);

function lanesOf(recovery: Recovery): Lane[] {
  const { repositories, backups, drills } = recovery;
  const lanes = repositories.flatMap((repository) =>
    repository.timelines.map((timeline): Lane => {
      const of = `Repository ${repository.ordinal}, timeline ${timeline.timeline}`;
      return {
        id: `${repository.ordinal} ${timeline.timeline}`,
        label:
          repositories.length > 1
            ? `Repo ${repository.ordinal} · TL ${timeline.timeline}`
            : `Timeline ${timeline.timeline}`,
        bars: [
          ...timeline.reaches.map(({ from, to }) => ({
            from: ms(from),
            to: ms(to),
            tone: timeline.isCurrent ? ('ok' as const) : ('stale' as const),
            title: `${of}: every second from ${from} to ${to}`,
          })),
          ...timeline.holes.map(({ from, to, missing }) => ({
            from: ms(from),
            to: ms(to),
            tone: 'crit' as const,
            isGap: true,
            title: `${of}: nothing from ${from} to ${to}; missing: ${missing || 'a backup to begin from'}`,
          })),
        ],
        points: backups
          .filter(
            (each) =>
              each.repository === repository.ordinal &&
              each.timeline === timeline.timeline &&
              each.state === 'ready',
          )
          .map((each) => ({
            at: ms(each.at),
            tone: each.isRestorable ? ('ok' as const) : ('crit' as const),
            shape: each.method === 'full' ? ('square' as const) : ('circle' as const),
            title: `${each.method ?? ''} backup ${each.label}${each.isRestorable ? '' : ', cannot be restored'}`,
          })),
      };
    }),
  );
  if (drills.length === 0) return lanes;
  const tones = { pass: 'ok', partial: 'warn', fail: 'crit', info: 'stale' } as const;
  const points = drills.map(({ at, verdict, title }) => ({
    at: ms(at),
    tone: tones[verdict],
    shape: 'diamond' as const,
    title: `${title}: ${verdict}`,
  }));
  return [...lanes, { id: 'drills', label: 'Drills', bars: [], points }];
}

interface StretchRow {
  key: string;
  repository: number;
  timeline: number;
  isHole: boolean;
  from: string;
  to: string;
  seconds: number;
  missing: string;
}

function rowsOf({ repositories }: Recovery): StretchRow[] {
  return repositories.flatMap(({ ordinal, timelines }) =>
    timelines.flatMap(({ timeline, reaches, holes }) => {
      const row = (isHole: boolean, from: string, to: string, missing: string): StretchRow => ({
        key: `${ordinal} ${timeline} ${isHole} ${from}`,
        repository: ordinal,
        ...{ timeline, isHole, from, to, missing },
        seconds: (ms(to) - ms(from)) / 1000,
      });
      return [
        ...reaches.map(({ from, to }) => row(false, from, to, '')),
        ...holes.map(({ from, to, missing }) => row(true, from, to, missing)),
      ];
    }),
  );
}

const stretchColumns: Column<StretchRow>[] = [
  {
    id: 'kind',
    header: 'State',
    value: ({ isHole }) => (isHole ? 'hole' : 'every second'),
    cell: ({ isHole }) => (
      <StatusMark status={isHole ? 'crit' : 'ok'} word={isHole ? 'Hole' : 'Every second'} />
    ),
  },
  { id: 'from', header: 'From', value: ({ from }) => from, cell: ({ from }) => <Moment at={from} /> },
  { id: 'to', header: 'To', value: ({ to }) => to, cell: ({ to }) => <Moment at={to} /> },
  {
    id: 'seconds',
    header: 'Length',
    align: 'right',
    value: ({ seconds }) => seconds,
    cell: ({ seconds }) => formatDuration(seconds),
  },
  { id: 'repository', header: 'Repository', value: ({ repository }) => repository, align: 'right' },
  { id: 'timeline', header: 'Timeline', value: ({ timeline }) => timeline, align: 'right' },
  { id: 'missing', header: 'Missing WAL', value: ({ missing }) => missing, mono: true },
];
