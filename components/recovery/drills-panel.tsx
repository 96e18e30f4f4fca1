'use client';

import Link from 'next/link';
import { useMemo } from 'react';
import { TimeChart } from '@/components/charts/time-chart';
import { ObjectivesDialog } from '@/components/recovery/objectives-dialog';
import { Age } from '@/components/ui/age';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import type { DrillPoint, Recovery } from '@/lib/contract/recovery';

/** What drills measured, against the objectives of the cluster. */
export function DrillsPanel({ recovery, refusal }: { recovery: Recovery; refusal: string | null }) {
  const { drills, objectives } = recovery;
  const columns = useMemo(() => columnsOf(recovery), [recovery]);
  const timed = useMemo(() => trendOf(drills), [drills]);
  return (
    <Panel
      title="Drills against the objectives"
      note={`Back within ${formatDuration(objectives.rtoSeconds)} (RTO), losing at most ${formatDuration(objectives.rpoSeconds)} (RPO). What a drill times is the machine’s part alone.`}
      actions={<ObjectivesDialog recovery={recovery} refusal={refusal} />}
      flush
    >
      {timed.length > 1 ? (
        <div className="px-3 pb-3">
          <TimeChart
            id="rto"
            title="Restored in, by drill"
            as="line"
            unit="seconds"
            lines={[{ id: 'rto', label: 'Restored in', points: timed }]}
            from={Math.min(Date.parse(recovery.from), timed[0]?.[0] ?? 0)}
            to={Date.parse(recovery.to)}
            stepMs={90 * 86_400_000}
            limits={[{ value: objectives.rtoSeconds, level: 'crit' }]}
            height={140}
          />
        </div>
      ) : null}
      <DataTable
        id="drills"
        label="Drills"
        rows={drills}
        columns={columns}
        rowKey={({ evidenceId }) => evidenceId}
        href={({ evidenceId }) => `/runs/evidence/${evidenceId}`}
        plain={drills.length < 10}
        empty={
          <p className="p-3 text-sm text-muted">
            Nothing of this cluster was ever restored as a drill, so nobody knows how long it takes. Open a
            backup and drill it: it boots where only the worker reaches, and is removed afterwards.
          </p>
        }
      />
    </Panel>
  );
}

/** Failed drills have timed something else than a restore that people could use. */
function trendOf(drills: readonly DrillPoint[]): [number, number][] {
  return drills
    .flatMap(({ at, restoreSeconds, verdict }): [number, number][] =>
      restoreSeconds === null || verdict === 'fail' ? [] : [[Date.parse(at), restoreSeconds]],
    )
    .reverse();
}

function columnsOf({ objectives }: Recovery): Column<DrillPoint>[] {
  const against = (seconds: number | null, objective: number) =>
    seconds === null ? (
      '–'
    ) : (
      <StatusMark status={seconds > objective ? 'crit' : 'ok'} word={formatDuration(seconds)} />
    );
  return [
    {
      id: 'title',
      header: 'Drill',
      value: ({ title }) => title,
      cell: ({ title, evidenceId }) => (
        <Link href={`/runs/evidence/${evidenceId}`} prefetch={false} className="link font-medium">
          {title}
        </Link>
      ),
      wide: true,
    },
    {
      id: 'verdict',
      header: 'Verdict',
      value: ({ verdict }) => verdict,
      cell: ({ verdict }) => <StatusMark status={verdict} />,
    },
    {
      id: 'rto',
      header: 'Restored in',
      align: 'right',
      value: ({ restoreSeconds }) => restoreSeconds,
      cell: ({ restoreSeconds }) => against(restoreSeconds, objectives.rtoSeconds),
    },
    {
      id: 'rpo',
      header: 'Would have lost',
      align: 'right',
      value: ({ rpoSeconds }) => rpoSeconds,
      cell: ({ rpoSeconds }) => against(rpoSeconds, objectives.rpoSeconds),
    },
    { id: 'at', header: 'When', value: ({ at }) => at, cell: ({ at }) => <Age at={at} /> },
  ];
}
