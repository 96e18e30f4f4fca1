import { blocksOf } from '@/components/queries/query-words';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import type { QueryDetail } from '@/lib/contract/queries';

type Caller = QueryDetail['callers'][number];

const columns: Column<Caller>[] = [
  { id: 'database', header: 'Database', value: (row) => row.database },
  { id: 'username', header: 'User', value: (row) => row.username },
  {
    id: 'toplevel',
    header: 'Called',
    value: (row) => (row.toplevel ? 'by the client' : 'from within another statement'),
  },
  { id: 'totalMs', header: 'Time', value: (row) => row.totalMs, unit: 'milliseconds' },
  { id: 'calls', header: 'Calls', value: (row) => row.calls, unit: 'count' },
  { id: 'meanMs', header: 'Mean', value: (row) => row.meanMs, unit: 'milliseconds' },
  { id: 'rows', header: 'Rows', value: (row) => row.rows, unit: 'rows' },
  { id: 'blocks', header: 'Blocks', value: blocksOf, unit: 'count' },
  { id: 'walBytes', header: 'WAL', value: (row) => row.walBytes, unit: 'bytes' },
];

/** Who calls a query, and where. */
export function QueryCallers({ query }: { query: QueryDetail }) {
  return (
    <Panel title="Called by" note="Sums over the range of this page." flush>
      <DataTable
        id="callers"
        label="Callers"
        rows={query.callers}
        columns={columns}
        rowKey={(row) => `${row.database}/${row.username}/${row.toplevel}`}
        defaultSort="-totalMs"
        empty={<p className="px-3 pb-3 text-sm text-muted">Nobody called it in this range.</p>}
      />
    </Panel>
  );
}
