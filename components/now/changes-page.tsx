'use client';

import { History } from 'lucide-react';
import { markLooks } from '@/components/charts/mark-looks';
import { markKinds } from '@/components/charts/marks';
import { useChanges } from '@/components/data/changes';
import { useClusters } from '@/components/data/clusters';
import { rangeQuery, useRange } from '@/components/data/range';
import { useUrlState } from '@/components/data/url-state';
import { RangeBar } from '@/components/instance/range-bar';
import { ChangeKind, ChangeSentence, ChangeTime } from '@/components/now/change-words';
import { SetMark } from '@/components/now/set-mark';
import { UnknownPlaces } from '@/components/now/unknown-places';
import { Moment } from '@/components/ui/age';
import { type Column, DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import type { Change } from '@/lib/contract/changes';

const columns: Column<Change>[] = [
  { id: 'age', header: 'Age', value: ({ at }) => at, cell: (change) => <ChangeTime change={change} /> },
  { id: 'at', header: 'When', value: ({ at }) => at, cell: ({ at }) => <Moment at={at} />, hidden: true },
  {
    id: 'since',
    header: 'Not before',
    value: ({ since }) => since,
    cell: ({ since }) => <Moment at={since} />,
    hidden: true,
  },
  {
    id: 'kind',
    header: 'Kind',
    value: ({ kind }) => markLooks[kind].one,
    cell: ({ kind }) => <ChangeKind kind={kind} />,
  },
  {
    id: 'sentence',
    header: 'What',
    value: ({ sentence, kind, object }) => (kind === 'run' ? `${object}: ${sentence}` : sentence),
    cell: (change) => <ChangeSentence change={change} />,
    wide: true,
  },
  {
    id: 'cluster',
    header: 'Cluster',
    value: ({ clusterName }) => clusterName,
    cell: ({ clusterName }) => <span className="whitespace-nowrap">{clusterName ?? 'all'}</span>,
  },
  {
    id: 'server',
    header: 'Server',
    value: ({ instanceName }) => instanceName,
    cell: ({ instanceName }) => <span className="whitespace-nowrap">{instanceName ?? '–'}</span>,
  },
  { id: 'database', header: 'Database', value: ({ database }) => database },
  { id: 'object', header: 'Object', value: ({ object }) => object, hidden: true },
  { id: 'before', header: 'Before', value: ({ before }) => before, hidden: true },
  { id: 'after', header: 'After', value: ({ after }) => after, hidden: true },
  { id: 'source', header: 'Source', value: ({ source }) => source, hidden: true },
  {
    id: 'by',
    header: 'By',
    value: ({ byName }) => byName,
    cell: ({ byName }) => <span className="whitespace-nowrap">{byName ?? '–'}</span>,
  },
];

/** The history of everything that changed: for "what was different yesterday?" */
export function ChangesPage() {
  const [clusterId, setClusterId] = useUrlState('clusterId');
  const [kind, setKind] = useUrlState('kind');
  const range = useRange();
  const clusters = useClusters().data?.items ?? [];
  const changes = useChanges({
    clusterId,
    kind: kind || markKinds.join(','),
    limit: 500,
    ...rangeQuery(range),
  });
  return (
    <>
      <PageHeader
        title="Changes"
        note="Settings, restarts, failovers, schema, extensions, runs, critical findings, and the marks that people and builds set."
        actions={<SetMark />}
      />
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <RangeBar withoutComparison />
        <Select
          aria-label="Cluster"
          placeholder="All clusters"
          options={clusters.map((cluster) => ({ value: cluster.id, label: cluster.name }))}
          value={clusterId}
          onChange={(event) => setClusterId(event.target.value)}
          className="h-7 w-48 text-sm"
        />
        <Select
          aria-label="Kind"
          placeholder="Every kind"
          options={markKinds.map((each) => ({ value: each, label: markLooks[each].word }))}
          value={kind}
          onChange={(event) => setKind(event.target.value)}
          className="h-7 w-44 text-sm"
        />
      </div>
      <div className="flex flex-col gap-3">
        {changes.data ? (
          <UnknownPlaces title="Some changes are not known" places={changes.data.unknown} />
        ) : null}
        <Panel title="What changed" note="The newest first." flush>
          <QueryState query={changes} lines={8}>
            {(data) => (
              <DataTable
                id="changes"
                label="Changes"
                rows={data.items}
                columns={columns}
                rowKey={({ id }) => id}
                note={
                  data.nextCursor
                    ? `The newest ${data.items.length}: choose a cluster, a kind or a shorter range to see the others.`
                    : undefined
                }
                empty={
                  <EmptyState icon={History} title="Nothing changed in this range">
                    A server is compared with its last look every ten seconds, each schema every minute.
                    Choose a longer range to look further back.
                  </EmptyState>
                }
              />
            )}
          </QueryState>
        </Panel>
      </div>
    </>
  );
}
