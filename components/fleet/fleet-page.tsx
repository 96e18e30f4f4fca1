'use client';

import { Database } from 'lucide-react';
import { useMemo } from 'react';
import { useFleet } from '@/components/data/fleet';
import { useUrlState } from '@/components/data/url-state';
import { ClusterRow } from '@/components/fleet/cluster-row';
import { FleetSummary } from '@/components/fleet/fleet-summary';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Input } from '@/components/ui/input';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import { plural } from '@/lib/base/format';
import type { Fleet, FleetCluster } from '@/lib/contract/fleet';

const levelOptions = [
  { value: 'crit', label: 'Critical' },
  { value: 'warn', label: 'Warning' },
  { value: 'unknown', label: 'Unknown' },
  { value: 'ok', label: 'OK' },
];

function matches(cluster: FleetCluster, text: string, level: string): boolean {
  if (level && cluster.level !== level) return false;
  const names = [
    cluster.name,
    cluster.environment,
    ...cluster.instances.flatMap(({ name, host }) => [name, host]),
  ];
  return names.some((name) => name.toLowerCase().includes(text.toLowerCase()));
}

/** The first page: every cluster, the worst first, with what is wrong and how old that knowledge is. */
export function FleetPage() {
  const fleet = useFleet();
  return (
    <>
      <PageHeader
        title="Fleet"
        note="Worst first. Every figure is read from the servers’ own statistics and shows its age."
        actions={<ButtonLink href="/clusters/new">Add a cluster</ButtonLink>}
      />
      <QueryState
        query={fleet}
        lines={8}
        empty={(data) => (data.clusters.length === 0 ? <NoClusters /> : undefined)}
      >
        {(data) => <FleetList fleet={data} />}
      </QueryState>
    </>
  );
}

function FleetList({ fleet }: { fleet: Fleet }) {
  const [text, setText] = useUrlState('q');
  const [level, setLevel] = useUrlState('level');
  const shown = useMemo(
    () => fleet.clusters.filter((cluster) => matches(cluster, text, level)),
    [fleet, text, level],
  );
  return (
    <div className="flex flex-col gap-3">
      {fleet.uncollected.length > 0 ? (
        <Banner tone="warn" title="Some instances wait for a worker">
          {fleet.uncollected.map((instance) => instance.name).join(', ')}: active, but no worker of their pool
          collects them.{' '}
          <ButtonLink href="/workers" size="small" look="quiet">
            Look at the workers
          </ButtonLink>
        </Banner>
      ) : null}
      <FleetSummary fleet={fleet} />
      <div className="flex flex-wrap items-center gap-2">
        <Input
          type="search"
          data-table-filter
          aria-label="Filter clusters"
          placeholder="Filter by name, environment or host  /"
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="h-7 max-w-72 text-sm"
        />
        <Select
          aria-label="Level"
          options={levelOptions}
          placeholder="Any level"
          value={level}
          onChange={(event) => setLevel(event.target.value)}
          className="h-7 w-36 text-sm"
        />
        <span className="text-xs text-muted" aria-live="polite">
          {shown.length} of {plural(fleet.clusters.length, 'cluster')}
        </span>
      </div>
      {shown.length === 0 ? (
        <p className="px-1 py-4 text-sm text-muted">
          No cluster matches.{' '}
          <button
            type="button"
            className="link"
            onClick={() => {
              setText('');
              setLevel('');
            }}
          >
            Show all
          </button>
        </p>
      ) : (
        <ul className="flex flex-col gap-3">
          {shown.map((cluster) => (
            <ClusterRow key={cluster.id} cluster={cluster} />
          ))}
        </ul>
      )}
    </div>
  );
}

function NoClusters() {
  return (
    <Panel title="No cluster yet">
      <EmptyState
        icon={Database}
        title="Tell Plumbline about your first server"
        actions={
          <ButtonLink href="/clusters/new" look="primary">
            Add a cluster
          </ButtonLink>
        }
      >
        <p>
          You need a host, a port and a login that may read statistics; the form shows the SQL that makes one.
          Nothing is installed on the server, and nothing is written to it.
        </p>
        <p className="mt-2">
          To look around first, start the console with <code>npm start</code>: it brings a demo fleet of its
          own.
        </p>
      </EmptyState>
    </Panel>
  );
}
