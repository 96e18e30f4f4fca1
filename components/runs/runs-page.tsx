'use client';

import { Play } from 'lucide-react';
import { useClusters } from '@/components/data/clusters';
import { useJobs } from '@/components/data/jobs';
import { useRuns } from '@/components/data/runs';
import { useUrlState } from '@/components/data/url-state';
import { runColumns } from '@/components/runs/run-columns';
import { ButtonLink } from '@/components/ui/button';
import { DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import { statusWord } from '@/components/ui/status-mark';
import { runStates } from '@/lib/contract/runs';

/** What was done, is being done and waits, on every cluster. */
export function RunsPage() {
  const [clusterId, setCluster] = useUrlState('clusterId');
  const [kind, setKind] = useUrlState('kind');
  const [state, setState] = useUrlState('state');
  const clusters = useClusters().data?.items ?? [];
  const jobs = useJobs().data?.items ?? [];
  const query = useRuns({
    clusterId,
    kind,
    state: state === 'open' ? '' : state,
    open: state === 'open' ? 'true' : '',
    limit: 500,
  });
  const isFiltered = clusterId !== '' || kind !== '' || state !== '';
  return (
    <>
      <PageHeader
        title="Runs"
        note="Each keeps its plan, its steps, its log and its evidence."
        actions={
          <ButtonLink href="/jobs" look="primary">
            Plan a job
          </ButtonLink>
        }
      />
      <Panel
        title="All runs"
        note="The newest first."
        flush
        actions={
          <>
            <Select
              aria-label="State"
              value={state}
              placeholder="Any state"
              className="h-7 w-auto text-sm"
              options={[
                { value: 'open', label: 'Not ended' },
                ...runStates.map((each) => ({ value: each, label: statusWord(each) })),
              ]}
              onChange={(event) => setState(event.target.value)}
            />
            <Select
              aria-label="Kind of job"
              value={kind}
              placeholder="Any job"
              className="h-7 w-auto text-sm"
              options={jobs.map(({ id, title }) => ({ value: id, label: title }))}
              onChange={(event) => setKind(event.target.value)}
            />
            <Select
              aria-label="Cluster"
              value={clusterId}
              placeholder="Any cluster"
              className="h-7 w-auto text-sm"
              options={clusters.map(({ id, name }) => ({ value: id, label: name }))}
              onChange={(event) => setCluster(event.target.value)}
            />
          </>
        }
      >
        <QueryState query={query} lines={8}>
          {({ items, nextCursor }) => (
            <DataTable
              id="runs"
              label="Runs"
              rows={items}
              columns={runColumns}
              rowKey={({ id }) => id}
              href={({ id }) => `/runs/${id}`}
              note={
                nextCursor
                  ? `The newest ${items.length}: choose a cluster or a job to see older ones.`
                  : undefined
              }
              empty={isFiltered ? <NothingFits /> : <NoRuns />}
            />
          )}
        </QueryState>
      </Panel>
    </>
  );
}

function NothingFits() {
  return (
    <EmptyState title="No run is like this" actions={<ButtonLink href="/runs">Show all runs</ButtonLink>}>
      The filters above leave nothing over.
    </EmptyState>
  );
}

function NoRuns() {
  return (
    <EmptyState
      icon={Play}
      title="Nothing was run yet"
      actions={
        <ButtonLink href="/jobs" look="primary">
          See what can be done
        </ButtonLink>
      }
    >
      A good first one is a backup, and then its drill: they turn the first cells of the scorecard green.
    </EmptyState>
  );
}
