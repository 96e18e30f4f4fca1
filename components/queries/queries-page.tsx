'use client';

import { useMemo } from 'react';
import { useQueries } from '@/components/data/queries';
import { useKeptQuery, useRange } from '@/components/data/range';
import { useUrlState } from '@/components/data/url-state';
import { InstanceFrame } from '@/components/instance/instance-frame';
import { CoverageLine } from '@/components/queries/coverage-line';
import { queryColumns } from '@/components/queries/query-columns';
import { QueryFilters, useQueryFilter } from '@/components/queries/query-filters';
import { sortOfColumn } from '@/components/queries/query-words';
import { StatementsNotice } from '@/components/queries/statements-notice';
import { DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { formatNumber, formatValue, plural } from '@/lib/base/format';
import type { Queries } from '@/lib/contract/queries';

const limit = 200;
const defaultSort = '-totalMs';

/** Where the database's time went in the page's range, query by query. */
export function QueriesPage({ id }: { id: string }) {
  return <InstanceFrame id={id}>{() => <QueryList id={id} />}</InstanceFrame>;
}

function QueryList({ id }: { id: string }) {
  const range = useRange();
  const filter = useQueryFilter();
  const [sorted] = useUrlState('queries.sort', defaultSort);
  // A column that ranks asks for the top by itself, not for another order of the same rows.
  const sort = sortOfColumn[sorted.replace(/^-/, '')] ?? 'time';
  const queries = useQueries(id, range, { ...filter, sort, limit });
  return (
    <Panel
      title="Queries"
      note="Sums over the range of this page. A column’s header ranks all queries by it."
      at={queries.data?.observedAt ?? null}
      staleAfterSeconds={180}
      flush
      actions={<QueryFilters data={queries.data} />}
    >
      <QueryState query={queries} lines={10}>
        {(data) => (
          <>
            <CoverageLine coverage={data.coverage} />
            <StatementsNotice of={data} />
            <Rows id={id} data={data} isCompared={range.compareSeconds !== null} />
          </>
        )}
      </QueryState>
    </Panel>
  );
}

function Rows({ id, data, isCompared }: { id: string; data: Queries; isCompared: boolean }) {
  const kept = useKeptQuery();
  const columns = useMemo(() => queryColumns(isCompared), [isCompared]);
  const { totals } = data;
  return (
    <DataTable
      id="queries"
      label="Queries"
      rows={data.items}
      columns={columns}
      rowKey={(row) => row.queryid}
      href={(row) => `/instances/${id}/queries/${encodeURIComponent(row.queryid)}${kept}`}
      defaultSort={defaultSort}
      empty={data.state === null || data.state === 'ok' ? <NothingRan data={data} /> : <span />}
      note={
        <>
          {totals.queries > data.items.length
            ? `The top ${formatNumber(data.items.length)} of ${formatNumber(totals.queries)} queries; `
            : `${totals.queries === 1 ? '1 query' : `${formatNumber(totals.queries)} queries`}; `}
          {plural(totals.calls, 'call')}, {formatValue(totals.totalMs, 'milliseconds')} of{' '}
          {formatValue(totals.allMs, 'milliseconds')} in all. Blocks are of 8 kB unless the server was built
          otherwise.
        </>
      }
    />
  );
}

function NothingRan({ data }: { data: Queries }) {
  if (data.coverage.readings === 0) {
    return (
      <EmptyState title="Nobody has read statements in this window">
        Figures are what changed between two readings, one a minute: the first ones come in the second minute.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No query passes">
      None of the statements that ran in this window is of this database, user and text. Take a filter away,
      or show Plumbline’s own.
    </EmptyState>
  );
}
