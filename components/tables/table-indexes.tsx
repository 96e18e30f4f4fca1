import { BloatCell, methodWords } from '@/components/tables/table-cells';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import type { IndexRow } from '@/lib/contract/tables';

const columns: Column<IndexRow>[] = [
  { id: 'index', header: 'Index', value: ({ index }) => index },
  { id: 'bytes', header: 'Size at its last vacuum', value: ({ bytes }) => bytes, unit: 'bytes' },
  { id: 'scans', header: 'Scans since counting', value: ({ scans }) => scans, unit: 'count' },
  { id: 'hit', header: 'Hit rate, last interval', value: ({ hitRate }) => hitRate, unit: 'percent' },
  {
    id: 'bloat',
    header: 'Dead space',
    value: ({ bloat }) => bloat?.percent ?? null,
    align: 'right',
    cell: ({ bloat }) => <BloatCell bloat={bloat} />,
  },
  {
    id: 'method',
    header: 'Found by',
    value: ({ bloat }) => (bloat ? (bloat.notKnown ?? methodWords(bloat)) : null),
  },
];

/** The indexes of one table. */
export function TableIndexes({ indexes }: { indexes: readonly IndexRow[] }) {
  return (
    <Panel title="Indexes" flush>
      <DataTable
        id="indexes"
        label="Indexes"
        rows={indexes}
        columns={columns}
        rowKey={({ index }) => index}
        defaultSort="-bytes"
        plain={indexes.length < 8}
        empty={<p className="px-3 pb-3 text-sm text-muted">It has no index, or none was read yet.</p>}
      />
    </Panel>
  );
}
