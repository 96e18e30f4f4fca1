'use client';

import { Waypoints } from 'lucide-react';
import { useMemo } from 'react';
import { useInstanceChecks } from '@/components/data/instance';
import { useApi } from '@/components/data/use-api';
import { AboutCheck } from '@/components/instance/about-check';
import { CheckDrawings } from '@/components/instance/check-drawings';
import { pageOf, useAnchor } from '@/components/instance/check-places';
import { InstanceFrame } from '@/components/instance/instance-frame';
import { AttachedPoolers } from '@/components/pooler/attached-poolers';
import { PoolerForm } from '@/components/pooler/pooler-form';
import { EmptyState } from '@/components/ui/empty-state';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import type { InstanceDetail } from '@/lib/contract/instances';
import { poolersSchema } from '@/lib/contract/poolers';

/** The PgBouncers before one server: their queues, clients and traffic, and which are attached. */
export function PoolerPage({ id, refusal }: { id: string; refusal: string | null }) {
  return <InstanceFrame id={id}>{(detail) => <Poolers instance={detail} refusal={refusal} />}</InstanceFrame>;
}

function Poolers({ instance, refusal }: { instance: InstanceDetail; refusal: string | null }) {
  const poolers = useApi(`/api/v1/instances/${instance.id}/poolers`, poolersSchema, {
    topics: [`instance:${instance.id}`, 'cluster'],
  });
  return (
    <QueryState query={poolers} lines={6}>
      {({ items }) => (
        <>
          {items.length > 0 ? (
            <>
              <Drawn instance={instance} />
              <AttachedPoolers items={items} instanceId={instance.id} refusal={refusal} />
            </>
          ) : (
            <Panel title="PgBouncer">
              <EmptyState icon={Waypoints} title="No PgBouncer is attached">
                Clients that wait for a connection are not to be seen on the server itself. Attach the
                PgBouncer that stands before it, and its queues are watched.
              </EmptyState>
            </Panel>
          )}
          <PoolerForm instanceId={instance.id} refusal={refusal} />
        </>
      )}
    </QueryState>
  );
}

function Drawn({ instance }: { instance: InstanceDetail }) {
  const checks = useInstanceChecks(instance.id);
  const items = checks.data?.items;
  const here = useMemo(() => (items ?? []).filter((check) => pageOf(check) === 'pooler'), [items]);
  useAnchor(here, instance.id);
  return (
    <QueryState query={checks} lines={10}>
      {() => (
        <>
          <CheckDrawings instance={instance} checks={here} tablesFirst />
          <AboutCheck checks={here} />
        </>
      )}
    </QueryState>
  );
}
