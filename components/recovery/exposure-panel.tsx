'use client';

import Link from 'next/link';
import { useMemo } from 'react';
import { TimeChart } from '@/components/charts/time-chart';
import { Moment } from '@/components/ui/age';
import { KeyValue } from '@/components/ui/key-value';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import type { Recovery } from '@/lib/contract/recovery';

/** How much of the newest work would be lost with the server’s disk, against what the cluster may lose. */
export function ExposurePanel({ recovery }: { recovery: Recovery }) {
  const { exposure, objectives, from, to } = recovery;
  const { rpoSeconds } = objectives;
  const lines = useMemo(
    () => [
      {
        id: 'exposure',
        label: 'Exposure',
        points: exposure.points.map(({ at, seconds }) => [Date.parse(at), seconds] as [number, number]),
      },
    ],
    [exposure.points],
  );
  const word = (seconds: number) => (
    <StatusMark
      status={seconds > rpoSeconds ? 'crit' : 'ok'}
      word={`${formatDuration(seconds)}, ${seconds > rpoSeconds ? 'over' : 'within'} the objective of ${formatDuration(rpoSeconds)}`}
    />
  );
  return (
    <Panel
      title="Archive exposure"
      note="The age of the oldest change that no archive holds: it would be lost with the server’s disk."
      at={exposure.observedAt}
      staleAfterSeconds={60}
      actions={
        exposure.instanceId ? (
          <Link
            href={`/instances/${exposure.instanceId}/replication`}
            prefetch={false}
            className="link text-sm"
          >
            The archiver
          </Link>
        ) : null
      }
    >
      <div className="space-y-3">
        <KeyValue
          items={[
            [
              'Now',
              exposure.reason !== null || exposure.nowSeconds === null ? (
                <StatusMark key="n" status="unknown" word={exposure.reason ?? 'not measured yet'} />
              ) : (
                word(exposure.nowSeconds)
              ),
            ],
            [
              'Worst of 30 days',
              exposure.most ? (
                <span key="m">
                  {word(exposure.most.seconds)}{' '}
                  <span className="text-muted">
                    within the hour of <Moment at={exposure.most.at} />
                  </span>
                </span>
              ) : (
                <span key="m" className="text-muted">
                  nothing was measured yet
                </span>
              ),
            ],
          ]}
        />
        {exposure.points.length > 1 ? (
          <TimeChart
            id="exposure"
            title="Archive exposure, the worst of each step"
            as="line"
            unit="seconds"
            lines={lines}
            from={Date.parse(from)}
            to={Date.parse(to)}
            stepMs={exposure.stepSeconds * 1000}
            limits={[{ value: rpoSeconds, level: 'crit' }]}
            height={140}
          />
        ) : null}
      </div>
    </Panel>
  );
}
