'use client';

import { Search } from 'lucide-react';
import Link from 'next/link';
import { useApi } from '@/components/data/use-api';
import { useRecoveryJobs } from '@/components/restore/use-recovery-jobs';
import { MomentTable } from '@/components/restore-moment/moment-table';
import { bothTimes } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { plural } from '@/lib/base/format';
import { type MomentSearch, momentSearchesSchema } from '@/lib/contract/moments';

/** When was it dropped, emptied, deleted from: what searches of the WAL found, and the way to just before it. */
export function MomentsPage({ id }: { id: string }) {
  const query = useApi(`/api/v1/clusters/${id}/moments`, momentSearchesSchema, { topics: ['run'] });
  const { jobFor } = useRecoveryJobs();
  const finder = jobFor('moment');
  const search = finder ? (
    <ButtonLink look="primary" href={`/jobs/${finder.id}?clusterId=${id}`}>
      Search the WAL
    </ButtonLink>
  ) : null;
  return (
    <>
      <PageHeader
        title={query.data ? `Moments of loss of ${query.data.clusterName}` : 'Moments of loss'}
        note="When tables were dropped, emptied or lost many rows, read from the archived WAL."
        actions={
          <>
            {search}
            <ButtonLink href={`/clusters/${id}/restore`}>Restore</ButtonLink>
          </>
        }
      />
      <QueryState
        query={query}
        lines={10}
        empty={({ items }) =>
          items.length === 0 ? (
            <Panel title="No search yet">
              <EmptyState icon={Search} title="Nobody has searched yet">
                <p>
                  Name the database, the table and a time when it was surely still there. The search reads the
                  WAL of that span on the worker beside the server; nothing is changed.
                </p>
                <div className="mt-3">{search}</div>
              </EmptyState>
            </Panel>
          ) : undefined
        }
      >
        {({ items }) => (
          <div className="space-y-4">
            {items.map((each) => (
              <SearchPanel key={each.id} clusterId={id} search={each} />
            ))}
          </div>
        )}
      </QueryState>
    </>
  );
}

function SearchPanel({ clusterId, search }: { clusterId: string; search: MomentSearch }) {
  const { table, database, moments, segments, firstCommitAt, lastCommitAt, notes, runId } = search;
  return (
    <Panel
      title={table ? `${table} in ${database}` : `All tables of ${database}`}
      at={search.observedAt}
      note={
        <>
          {plural(segments, 'segment')} of WAL read
          {firstCommitAt && lastCommitAt
            ? `, with commits from ${bothTimes(firstCommitAt)} to ${bothTimes(lastCommitAt)}`
            : ', no commit in it'}
          .{' '}
          <Link href={`/runs/${runId}`} prefetch={false} className="link">
            The run
          </Link>
        </>
      }
      flush
    >
      {notes.length > 0 ? (
        <div className="px-3 pb-2">
          <Banner tone="info" title="Worth knowing">
            {notes.join(' ')}
          </Banner>
        </div>
      ) : null}
      <MomentTable clusterId={clusterId} searchId={search.id} moments={moments} />
    </Panel>
  );
}
