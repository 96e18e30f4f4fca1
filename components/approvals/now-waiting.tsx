'use client';

import { useApprovals } from '@/components/approvals/use-approvals';
import { WaitingTable } from '@/components/approvals/waiting-table';
import { ButtonLink } from '@/components/ui/button';
import { Panel } from '@/components/ui/panel';

/** Among what is to be done now: plans that cannot begin until another person has read them. */
export function NowWaiting() {
  const waiting = useApprovals().data?.waiting ?? [];
  if (waiting.length === 0) return null;
  return (
    <Panel
      title="Waiting for a second person"
      flush
      actions={
        <ButtonLink href="/approvals" size="small" look="quiet">
          All approvals
        </ButtonLink>
      }
    >
      <WaitingTable plans={waiting} plain />
    </Panel>
  );
}
