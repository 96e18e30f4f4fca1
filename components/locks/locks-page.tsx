'use client';

import { CircleCheck } from 'lucide-react';
import { MomentBar, useMoment } from '@/components/activity/moment-bar';
import { StandingNotice } from '@/components/activity/standing-notice';
import { useLocks } from '@/components/data/activity';
import { useInstanceChecks } from '@/components/data/instance';
import { AboutCheck } from '@/components/instance/about-check';
import { CheckTitle } from '@/components/instance/check-title';
import { InstanceFrame } from '@/components/instance/instance-frame';
import { EpisodesPanel } from '@/components/locks/episodes-panel';
import { LockTree } from '@/components/locks/lock-tree';
import { EmptyState } from '@/components/ui/empty-state';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';

/** Who blocks whom on one server: now, at any moment, and over time. */
export function LocksPage({ id }: { id: string }) {
  return (
    <InstanceFrame id={id} withoutComparison>
      {({ clusterId }) => (
        <>
          <TreePanel id={id} clusterId={clusterId} />
          <EpisodesPanel id={id} />
        </>
      )}
    </InstanceFrame>
  );
}

function TreePanel({ id, clusterId }: { id: string; clusterId: string }) {
  const at = useMoment();
  const locks = useLocks(id, at);
  // The check that judges how long somebody waits: its findings lead here.
  const check = useInstanceChecks(id).data?.items.find(({ feeds }) => feeds === 'locks.waiters');
  const title = at ? 'Who blocked whom' : 'Who blocks whom now';
  return (
    <Panel
      id={check ? `check-${check.id}` : 'tree'}
      title={check ? <CheckTitle check={check} title={title} /> : title}
      note="Roots first: they hold what others want and wait for nobody."
      at={locks.data?.at ?? null}
      staleAfterSeconds={at ? undefined : 30}
      actions={<MomentBar seenAt={locks.data?.at ?? null} />}
    >
      <AboutCheck checks={check ? [check] : []} />
      <QueryState query={locks} lines={4}>
        {(data) => (
          <>
            <StandingNotice {...data} />
            {data.at === null ? (
              <EmptyState title={at ? 'Nobody looked at that moment' : 'Not looked at yet'}>
                {at
                  ? 'Lists are kept for 14 days while the collector runs. Choose an episode below.'
                  : 'The first look comes with the next round of the collector, some ten seconds from now.'}
              </EmptyState>
            ) : data.roots.length === 0 ? (
              <EmptyState
                icon={CircleCheck}
                title={at ? 'Nobody waited for a lock' : 'Nobody waits for a lock'}
              >
                Looked at every ten seconds; the episodes below are what was.
              </EmptyState>
            ) : (
              <LockTree roots={data.roots} acts={data.acts} clusterId={clusterId} instanceId={id} />
            )}
          </>
        )}
      </QueryState>
    </Panel>
  );
}
