import { Sparkline } from '@/components/charts/sparkline';
import { blocksOf, grownBy, shortText, signedPercent } from '@/components/queries/query-words';
import type { Column } from '@/components/ui/data-table';
import { Badge, StatusBadge } from '@/components/ui/status-mark';
import type { QueryItem } from '@/lib/contract/queries';

function QueryText({ item }: { item: QueryItem }) {
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <span
        title={shortText(item)}
        className={`block min-w-0 max-w-[26rem] truncate text-xs ${item.text === null ? 'text-muted italic' : 'font-mono'}`}
      >
        {shortText(item)}
      </span>
      {item.isNew ? <StatusBadge status="info" word="new" /> : null}
      {item.isNested ? (
        <Badge title="Called from within others, whose time holds its own">nested</Badge>
      ) : null}
      {item.lowerBound ? (
        <Badge title="The server forgot it meanwhile (evicted or reset): the figures are lower bounds">
          ≥
        </Badge>
      ) : null}
    </span>
  );
}

function Change({ value }: { value: number | null }) {
  if (value === null) return <span className="text-faint">no figure</span>;
  return <span className={value >= 50 ? 'font-medium text-warn' : 'text-muted'}>{signedPercent(value)}</span>;
}

function changeColumn(
  id: string,
  header: string,
  of: (item: { totalMs: number; meanMs: number; calls: number }) => number,
): Column<QueryItem> {
  const value = (item: QueryItem) => grownBy(of(item), item.earlier ? of(item.earlier) : undefined);
  return { id, header, value, unit: 'percent', cell: (item) => <Change value={value(item)} /> };
}

const changes = [
  changeColumn('deltaTotal', 'Δ time', (item) => item.totalMs),
  changeColumn('deltaMean', 'Δ mean', (item) => item.meanMs),
  changeColumn('deltaCalls', 'Δ calls', (item) => item.calls),
];

/** The columns of the list; with a comparison each figure has its change. */
export function queryColumns(isCompared: boolean): Column<QueryItem>[] {
  return [
    { id: 'text', header: 'Query', value: shortText, cell: (item) => <QueryText item={item} />, wide: true },
    { id: 'sharePercent', header: 'Share', value: (item) => item.sharePercent, unit: 'percent' },
    { id: 'totalMs', header: 'Time', value: (item) => item.totalMs, unit: 'milliseconds' },
    {
      id: 'spark',
      header: 'Over the range',
      value: (item) => item.spark.findLast((value) => value !== null) ?? null,
      cell: (item) => (
        <Sparkline values={item.spark} label="Time in ms per second" unit="none" width={72} height={18} />
      ),
    },
    ...(isCompared ? changes : []),
    { id: 'calls', header: 'Calls', value: (item) => item.calls, unit: 'count' },
    { id: 'meanMs', header: 'Mean', value: (item) => item.meanMs, unit: 'milliseconds' },
    { id: 'maxMs', header: 'Longest', value: (item) => item.maxMs, unit: 'milliseconds', hidden: true },
    { id: 'rows', header: 'Rows', value: (item) => item.rows, unit: 'rows' },
    { id: 'blocks', header: 'Blocks', value: blocksOf, unit: 'count' },
    {
      id: 'sharedRead',
      header: 'Blocks read',
      value: (item) => item.sharedRead,
      unit: 'count',
      hidden: true,
    },
    {
      id: 'sharedDirtied',
      header: 'Blocks dirtied',
      value: (item) => item.sharedDirtied,
      unit: 'count',
      hidden: true,
    },
    { id: 'tempWritten', header: 'Temp. blocks', value: (item) => item.tempWritten, unit: 'count' },
    { id: 'walBytes', header: 'WAL', value: (item) => item.walBytes, unit: 'bytes' },
    { id: 'ioMs', header: 'I/O time', value: (item) => item.ioMs, unit: 'milliseconds', hidden: true },
    { id: 'planMs', header: 'Planning', value: (item) => item.planMs, unit: 'milliseconds', hidden: true },
    { id: 'databases', header: 'Database', value: (item) => item.databases.join(', ') },
    { id: 'users', header: 'User', value: (item) => item.users.join(', ') },
    { id: 'queryid', header: 'Query id', value: (item) => item.queryid, mono: true, hidden: true },
    { id: 'firstAt', header: 'First seen', value: (item) => item.firstAt, hidden: true },
  ];
}
