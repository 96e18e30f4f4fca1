'use client';

import { useMemo } from 'react';
import { useQueries } from '@/components/data/queries';
import { type Range, useKeptQuery } from '@/components/data/range';
import { CoverageLine } from '@/components/queries/coverage-line';
import { queryColumns } from '@/components/queries/query-columns';
import { StatementsNotice } from '@/components/queries/statements-notice';
import { ButtonLink } from '@/components/ui/button';
import { DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';

const shown = ['text', 'sharePercent', 'totalMs', 'spark', 'calls', 'meanMs'];

/** The five queries that took most of the database's time; all of them have a page of their own. */
export function TopQueries({ id, range }: { id: string; range: Range }) {
  const queries = useQueries(id, range, { sort: 'time', limit: 5 });
  const kept = useKeptQuery();
  const columns = useMemo(() => queryColumns(false).filter((column) => shown.includes(column.id)), []);
  return (
    <Panel
      id="statements"
      title="Top queries"
      note="By time over the range of this page."
      at={queries.data?.observedAt ?? null}
      staleAfterSeconds={180}
      flush
      actions={
        <ButtonLink size="small" href={`/instances/${id}/queries${kept}`}>
          All queries
        </ButtonLink>
      }
    >
      <QueryState query={queries} lines={5}>
        {(data) => (
          <>
            <StatementsNotice of={data} />
            <DataTable
              id="top-queries"
              label="Top queries"
              plain
              rows={data.items}
              columns={columns}
              rowKey={(row) => row.queryid}
              href={(row) => `/instances/${id}/queries/${encodeURIComponent(row.queryid)}${kept}`}
              empty={
                data.state && data.state !== 'ok' ? (
                  <span />
                ) : (
                  <p className="px-3 pb-3 text-sm text-muted">
                    No query has run in this window, as far as it is known: figures are taken once a minute,
                    so the first ones come in the second minute.
                  </p>
                )
              }
            />
            <CoverageLine coverage={data.coverage} />
          </>
        )}
      </QueryState>
    </Panel>
  );
}
