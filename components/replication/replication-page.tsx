'use client';

import { useMemo } from 'react';
import { useInstanceChecks } from '@/components/data/instance';
import { useReplication } from '@/components/data/replication';
import { useUrlState } from '@/components/data/url-state';
import { AboutCheck } from '@/components/instance/about-check';
import { CheckDrawings } from '@/components/instance/check-drawings';
import { pageOf } from '@/components/instance/check-places';
import { RangeBar } from '@/components/instance/range-bar';
import { CanReadPanel } from '@/components/replication/can-read-panel';
import { StandbyTable } from '@/components/replication/standby-table';
import { StateAdvice } from '@/components/replication/state-advice';
import { Topology } from '@/components/replication/topology';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import { StatusMark } from '@/components/ui/status-mark';
import type { CheckState } from '@/lib/contract/checks';
import type { Replication } from '@/lib/contract/replication';

/** Replication of one cluster: who feeds whom, the truth about each standby, and which may serve reads. */
export function ReplicationPage({ id }: { id: string }) {
  const replication = useReplication(id);
  return (
    <>
      <PageHeader
        title={replication.data ? `Replication of ${replication.data.clusterName}` : 'Replication'}
        note="Both sides’ positions, read in one tick. One lag alone cannot tell an idle primary from a cut stream."
        actions={
          <>
            <ButtonLink href={`/clusters/${id}`}>Cluster</ButtonLink>
            <ButtonLink href={`/clusters/${id}/recovery`}>Recovery</ButtonLink>
          </>
        }
      />
      <QueryState query={replication} lines={10}>
        {(data) => <Loaded data={data} />}
      </QueryState>
    </>
  );
}

function Loaded({ data }: { data: Replication }) {
  const newest = data.servers
    .flatMap(({ observedAt }) => observedAt ?? [])
    .sort()
    .at(-1);
  return (
    <div className="flex flex-col gap-4">
      {data.primary ? null : (
        <Banner tone="unknown" title="No primary is known">
          Without its position nobody can say how far a standby is behind. Add the primary to the cluster, or
          see why it is not reached.
        </Banner>
      )}
      {data.primary?.caution ? (
        <Banner tone="crit" title="The primary needs a look">
          {data.primary.caution}
        </Banner>
      ) : null}
      <Panel title="Who feeds whom" at={newest} staleAfterSeconds={25}>
        <Topology data={data} />
      </Panel>
      <Panel title="Standbys" at={newest} staleAfterSeconds={25} flush>
        <StandbyTable servers={data.servers} />
      </Panel>
      <StateAdvice servers={data.servers} />
      <CanReadPanel data={data} />
      <ServerDrawings data={data} />
    </div>
  );
}

/** Charts and lists of one server at a time: several of one kind side by side would look alike. */
function ServerDrawings({ data }: { data: Replication }) {
  const [chosen, setChosen] = useUrlState('server');
  const watched = data.servers.filter((server) => server.watched);
  const first = watched.find(({ role }) => role === 'standby') ?? watched[0];
  const server = watched.find(({ instanceId }) => instanceId === chosen) ?? first;
  if (!server) return null;
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line pb-2">
        <h2 className="text-base font-semibold">Charts and lists</h2>
        <Select
          aria-label="Server"
          options={watched.map(({ instanceId, name, role }) => ({
            value: instanceId,
            label: `${name} (${role})`,
          }))}
          value={server.instanceId}
          onChange={(event) => setChosen(event.target.value)}
          className="h-7 w-56 text-sm"
        />
        <RangeBar />
      </div>
      <ReplicationChecks key={server.instanceId} id={server.instanceId} clusterId={data.clusterId} />
    </>
  );
}

/** It was read everywhere and found nothing of its kind: a line says so, no frame. */
function isEmpty({ results }: CheckState): boolean {
  return results.length > 0 && results.every(({ state, rows }) => state === 'ok' && rows.length === 0);
}

/** What the checks of replication draw of one server. */
export function ReplicationChecks({ id, clusterId }: { id: string; clusterId: string }) {
  const checks = useInstanceChecks(id);
  const items = checks.data?.items;
  const here = useMemo(
    () => (items ?? []).filter((check) => check.applies && pageOf(check) === 'replication'),
    [items],
  );
  const empty = here.filter(isEmpty);
  return (
    <QueryState query={checks} lines={8}>
      {() => (
        <>
          <CheckDrawings instance={{ id, clusterId }} checks={here.filter((check) => !isEmpty(check))} />
          {empty.length > 0 ? (
            <p className="px-1 text-sm text-muted">
              <StatusMark
                status="ok"
                word="Measured, and there are none:"
                className="mr-1 align-text-bottom"
              />
              {empty.map(({ title }) => title).join(', ')}.
            </p>
          ) : null}
          <AboutCheck checks={here} />
        </>
      )}
    </QueryState>
  );
}
