'use client';

import Link from 'next/link';
import { useRuns } from '@/components/data/runs';
import { loginWords, medianOf, runsOnWords, safetyWords } from '@/components/runs/words';
import { Age } from '@/components/ui/age';
import { KeyValue } from '@/components/ui/key-value';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import type { Job } from '@/lib/contract/jobs';

/** What a kind of job does, step by step, and how its last runs went. */
export function JobAbout({ job, clusterId }: { job: Job; clusterId: string }) {
  const runs = useRuns({ kind: job.id, clusterId: clusterId || undefined, limit: 5 });
  const items = runs.data?.items ?? [];
  const median = medianOf(
    items.flatMap(({ state, seconds }) => (state === 'succeeded' && seconds !== null ? [seconds] : [])),
  );
  return (
    <div className="space-y-4">
      <Panel title="What it does">
        <ol className="mb-3 space-y-1.5">
          {job.steps.map((step, place) => (
            <li key={step.name} className="flex gap-2 text-sm">
              <span className="w-4 text-right text-faint">{place + 1}</span>
              <span>
                {step.title}
                <span className="block text-xs text-muted">
                  {safetyWords[step.safety]}
                  {step.pointOfNoReturn ? '; point of no return: it cannot be cancelled from here on' : ''}
                </span>
              </span>
            </li>
          ))}
        </ol>
        <KeyValue
          items={[
            ['Runs on', runsOnWords[job.runsOn]],
            ['Connects with', `the ${loginWords[job.as]}`],
            ['Undo', 'none' in job.undo ? job.undo.none : job.undo.label],
          ]}
        />
      </Panel>
      <Panel
        title="Earlier runs"
        note={median === null ? undefined : `${formatDuration(median)} as a rule`}
        actions={
          <Link href={`/runs?kind=${job.id}`} prefetch={false} className="link text-sm">
            All
          </Link>
        }
      >
        {items.length === 0 ? (
          <p className="text-sm text-muted">None yet{clusterId ? ' on this cluster' : ''}.</p>
        ) : (
          <ul className="space-y-1 text-sm leading-6">
            {items.map((run) => (
              <li key={run.id} className="flex flex-wrap items-center gap-x-2">
                <StatusMark status={run.state} />
                <Link href={`/runs/${run.id}`} prefetch={false} className="link">
                  {run.cluster.name}, <Age at={run.createdAt} />
                </Link>
                <span className="text-muted">{run.seconds === null ? '' : formatDuration(run.seconds)}</span>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </div>
  );
}
