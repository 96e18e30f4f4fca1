'use client';

import { useCopy } from '@/components/data/copies';
import { ButtonLink } from '@/components/ui/button';
import { Panel } from '@/components/ui/panel';
import { StatusBadge } from '@/components/ui/status-mark';
import type { Run } from '@/lib/contract/runs';

/** The copy that a run has opened, and what it was opened for: to look, compare and take from. */
export function CopyPanel({ run }: { run: Run }) {
  const made = run.evidence.find(({ type }) => type === 'copy')?.facts.copyId;
  return typeof made === 'string' ? <MadeCopy id={made} /> : null;
}

function MadeCopy({ id }: { id: string }) {
  const copy = useCopy(id).data;
  if (!copy) return null;
  return (
    <Panel title="The copy" actions={<StatusBadge status={copy.state} />}>
      <div className="flex flex-wrap gap-2" data-made-copy={copy.state}>
        {copy.state === 'open' ? (
          <ButtonLink size="small" look="primary" href={`/clusters/${copy.cluster.id}/restore?copy=${id}`}>
            Restore from it
          </ButtonLink>
        ) : null}
        <ButtonLink size="small" href={`/copies/${id}`}>
          Look into it and compare
        </ButtonLink>
      </div>
    </Panel>
  );
}
