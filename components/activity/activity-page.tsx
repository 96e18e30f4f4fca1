'use client';

import { LoadPanel } from '@/components/activity/load-panel';
import { SessionsPanel } from '@/components/activity/sessions-panel';
import { InstanceFrame } from '@/components/instance/instance-frame';

const sections = [
  ['load', 'Load'],
  ['sessions', 'Sessions'],
] as const;

/** What the sessions of one server do: as load over time, and one by one at any moment. */
export function ActivityPage({ id }: { id: string }) {
  return (
    <InstanceFrame id={id} sections={sections}>
      {({ clusterId }) => (
        <>
          <LoadPanel id={id} clusterId={clusterId} />
          <SessionsPanel id={id} clusterId={clusterId} />
        </>
      )}
    </InstanceFrame>
  );
}
