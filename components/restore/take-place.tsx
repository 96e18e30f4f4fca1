'use client';

import { useRun, useRuns } from '@/components/data/runs';
import { PlanButton } from '@/components/restore/plan-button';
import { useRecoveryJobs } from '@/components/restore/use-recovery-jobs';
import { Age } from '@/components/ui/age';
import { ButtonLink } from '@/components/ui/button';
import { Panel } from '@/components/ui/panel';

/** Lets the cluster that was restored last take the place of the old server, or sends its PgBouncer there. */
export function TakePlace({ clusterId }: { clusterId: string }) {
  const { jobFor } = useRecoveryJobs();
  const kind = jobFor('cluster')?.id ?? '';
  const runs = useRuns({ clusterId, kind, state: 'succeeded', limit: 1 });
  const last = runs.data?.items[0];
  const run = useRun(last?.id ?? '', last !== undefined);
  const directory = last && typeof run.data?.input.directory === 'string' ? run.data.input.directory : '';
  const repoint = jobFor('repoint');
  return (
    <Panel
      title="2. Let it take the place"
      note="Both are stopped, the directories change places, the restored one starts with archiving. The old files, if any, stay for the way back."
    >
      <div className="space-y-3">
        <p className="text-sm">
          {directory && last ? (
            <>
              Restored last: <span className="font-mono">{directory}</span>, <Age at={last.finishedAt} />.
            </>
          ) : (
            <span className="text-muted">Nothing of this cluster was restored in a new place yet.</span>
          )}
        </p>
        <PlanButton
          job={jobFor('exchange')}
          clusterId={clusterId}
          input={{ directory }}
          missing={directory ? [] : ['a restored cluster, by step 1']}
          label="Plan the cut-over"
        />
        {repoint && directory ? (
          <p className="flex flex-wrap items-center gap-2 text-sm text-muted">
            Clients come through PgBouncer, or the directories are on different disks:
            <ButtonLink
              size="small"
              href={`/jobs/${repoint.id}?clusterId=${clusterId}&directory=${encodeURIComponent(directory)}`}
            >
              Send PgBouncer there instead
            </ButtonLink>
          </p>
        ) : null}
      </div>
    </Panel>
  );
}
