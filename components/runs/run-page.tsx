'use client';

import Link from 'next/link';
import { useRun } from '@/components/data/runs';
import { CancelRun } from '@/components/runs/cancel-run';
import { CopyPanel } from '@/components/runs/copy-panel';
import { DecisionPanel } from '@/components/runs/decision-panel';
import { FollowUpPanel } from '@/components/runs/follow-up-panel';
import { RunAnswer } from '@/components/runs/run-answer';
import { RunEvidence } from '@/components/runs/run-evidence';
import { RunLog } from '@/components/runs/run-log';
import { RunProgress } from '@/components/runs/run-progress';
import { RunSteps } from '@/components/runs/run-steps';
import { UndoPanel } from '@/components/runs/undo-panel';
import { Age } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { KeyValue } from '@/components/ui/key-value';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusBadge } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import type { Run } from '@/lib/contract/runs';

export function isOpen(run: Pick<Run, 'state'>): boolean {
  return run.state === 'queued' || run.state === 'running' || run.state === 'needs-decision';
}

/** One run, live: where it is, what it says, what it proves, and what can be done about it. */
export function RunPage({ id }: { id: string }) {
  const query = useRun(id);
  const run = query.data;
  return (
    <>
      <PageHeader
        title={run ? run.title : 'Run'}
        marks={
          run ? (
            <span aria-live="polite" data-run-state={run.state}>
              <StatusBadge status={run.state} />
            </span>
          ) : null
        }
        note={run?.summary}
        actions={
          run ? (
            <>
              <ButtonLink href={`/plans/${run.planId}`}>The plan</ButtonLink>
              {isOpen(run) && run.state !== 'needs-decision' ? <CancelRun run={run} /> : null}
            </>
          ) : null
        }
      />
      <QueryState query={query} lines={10}>
        {(data) => <RunBody run={data} />}
      </QueryState>
    </>
  );
}

function RunBody({ run }: { run: Run }) {
  return (
    <div className="space-y-4">
      <RunNotice run={run} />
      {run.state === 'needs-decision' ? <DecisionPanel run={run} /> : null}
      {run.risk === 'read' ? <RunAnswer run={run} /> : null}
      <div className="grid gap-4 lg:grid-cols-[3fr_2fr]">
        <div className="min-w-0 space-y-4">
          <Panel title="Steps">
            <RunProgress run={run} />
            <RunSteps run={run} />
          </Panel>
          <RunEvidence run={run} />
        </div>
        <div className="min-w-0 space-y-4">
          <CopyPanel run={run} />
          <FollowUpPanel run={run} />
          <RunFacts run={run} />
          <UndoPanel run={run} />
        </div>
      </div>
      <RunLog runId={run.id} isOpen={isOpen(run)} />
    </div>
  );
}

function RunNotice({ run }: { run: Run }) {
  if (run.state === 'queued') {
    return (
      <Banner
        tone="info"
        title={run.waitingFor ?? 'Waiting for a worker'}
        actions={
          run.waitingForRunId ? (
            <ButtonLink size="small" href={`/runs/${run.waitingForRunId}`}>
              Open that run
            </ButtonLink>
          ) : null
        }
      >
        It starts by itself as soon as it can.
      </Banner>
    );
  }
  if (run.cancelRequestedAt && run.state === 'running') {
    return (
      <Banner tone="warn" title={`${run.cancelRequestedBy ?? 'Somebody'} asked to cancel`}>
        Asked <Age at={run.cancelRequestedAt} />. The step that runs is being stopped and puts away what it
        has begun.
      </Banner>
    );
  }
  if (run.error) {
    return (
      <Banner tone={run.state === 'cancelled' ? 'info' : 'crit'} title={run.error.message}>
        {run.error.next}
      </Banner>
    );
  }
  return null;
}

function RunFacts({ run }: { run: Run }) {
  return (
    <Panel title="This run">
      <KeyValue
        items={[
          [
            'Cluster',
            <Link key="c" href={`/clusters/${run.cluster.id}`} prefetch={false} className="link">
              {run.cluster.name}
            </Link>,
          ],
          [
            'Server',
            run.instance ? (
              <Link key="i" href={`/instances/${run.instance.id}`} prefetch={false} className="link">
                {run.instance.name}
              </Link>
            ) : (
              '–'
            ),
          ],
          ['Asked for', <Age key="a" at={run.createdAt} />],
          [
            'By',
            run.scheduleId ? (
              <Link key="w" href={`/schedules/${run.scheduleId}`} prefetch={false} className="link">
                {run.requestedByName}
              </Link>
            ) : (
              run.requestedByName
            ),
          ],
          ['Started', <Age key="s" at={run.startedAt} never="not yet" />],
          [
            'Took',
            run.finishedAt === null || run.seconds === null ? 'not ended yet' : formatDuration(run.seconds),
          ],
          ['Worker', run.workerName ?? 'not taken yet'],
          ...(run.backupId
            ? [
                [
                  'Backup',
                  <Link key="b" href={`/backups/${run.backupId}`} prefetch={false} className="link">
                    Open the backup
                  </Link>,
                ] as const,
              ]
            : []),
          ...(run.undoOf
            ? [
                [
                  'Undoes',
                  <Link key="u" href={`/runs/${run.undoOf}`} prefetch={false} className="link">
                    an earlier run
                  </Link>,
                ] as const,
              ]
            : []),
          ...(run.follows
            ? [
                [
                  'Follows',
                  <Link key="f" href={`/runs/${run.follows}`} prefetch={false} className="link">
                    an earlier run
                  </Link>,
                ] as const,
              ]
            : []),
          ...(run.epoch > 1
            ? [['Taken over', `${run.epoch - 1} times, after its worker was lost`] as const]
            : []),
        ]}
      />
    </Panel>
  );
}
