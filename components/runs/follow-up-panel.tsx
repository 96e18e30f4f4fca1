'use client';

import { ButtonLink } from '@/components/ui/button';
import { Panel } from '@/components/ui/panel';
import { StatusBadge } from '@/components/ui/status-mark';
import type { Run } from '@/lib/contract/runs';

const words: Partial<Record<NonNullable<Run['followUp']>['state'], string>> = {
  planning: 'A worker plans it now.',
  waits: 'It is planned and waits for your word.',
  blocked: 'It is planned and cannot run yet.',
};

/** What has to follow this run: planned by itself, started by itself where its kind may run unattended. */
export function FollowUpPanel({ run }: { run: Run }) {
  const { followUp } = run;
  if (!followUp) return null;
  const { title, state, why, runId, planId } = followUp;
  const isDue = runId === null;
  return (
    <Panel title="What follows">
      <div className="space-y-2 text-sm" data-follow-up={state}>
        <p className="flex flex-wrap items-center gap-2 font-medium">
          {title}{' '}
          <StatusBadge status={state === 'waits' ? 'pending' : state === 'planning' ? 'queued' : state} />
        </p>
        <p className="text-muted">{why ?? words[state] ?? 'Planned and started by itself after this run.'}</p>
        <ButtonLink
          size="small"
          look={isDue && state !== 'planning' ? 'primary' : undefined}
          href={isDue ? `/plans/${planId}` : `/runs/${runId}`}
        >
          {isDue ? 'Open its plan' : 'Open its run'}
        </ButtonLink>
      </div>
    </Panel>
  );
}
