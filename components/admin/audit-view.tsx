'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { AdminTabs } from '@/components/admin/admin-tabs';
import { auditColumns } from '@/components/admin/audit-columns';
import { AuditFilters, useAuditFilters } from '@/components/admin/audit-filters';
import { type ApiError, api, withQuery } from '@/components/data/api';
import { Button } from '@/components/ui/button';
import { DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorState } from '@/components/ui/error-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Skeleton } from '@/components/ui/skeleton';
import { auditSchema } from '@/lib/contract/audit';

/** Who did what, newest first; each entry was written with the act itself. */
export function AuditView() {
  const filters = useAuditFilters();
  const query = useInfiniteQuery({
    queryKey: ['/api/v1/audit', filters.query],
    queryFn: ({ pageParam, signal }) =>
      api.get(withQuery('/api/v1/audit', { ...filters.query, before: pageParam }), auditSchema, { signal }),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.nextBefore,
    refetchInterval: 60_000,
  });
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? [];
  const actions = query.data?.pages[0]?.actions ?? [];
  return (
    <>
      <AdminTabs />
      <PageHeader
        title="Audit"
        note="Who did what. An entry is written in one transaction with its act and can be neither changed nor deleted by the console."
      />
      <AuditFilters filters={filters} actions={actions} />
      <Panel title="Entries" flush at={query.data ? new Date(query.dataUpdatedAt).toISOString() : undefined}>
        {query.data === undefined && query.error ? (
          <ErrorState error={query.error as ApiError} onRetry={() => void query.refetch()} />
        ) : query.data === undefined ? (
          <Skeleton lines={8} />
        ) : entries.length === 0 ? (
          <EmptyState
            title="No entry fits"
            icon={ScrollText}
            actions={<Button onClick={filters.clear}>Clear the filters</Button>}
          >
            Nothing was done that these filters show.
          </EmptyState>
        ) : (
          <DataTable
            id="audit"
            label="Audit"
            rows={entries}
            columns={auditColumns}
            rowKey={(entry) => String(entry.id)}
            defaultSort="-at"
            note={
              query.hasNextPage
                ? 'Older entries are loaded on request; filter and export cover what is shown.'
                : undefined
            }
          />
        )}
      </Panel>
      {query.hasNextPage ? (
        <div className="mt-3 flex justify-center">
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load older entries
          </Button>
        </div>
      ) : null}
    </>
  );
}
