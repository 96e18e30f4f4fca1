import Link from 'next/link';
import { BloatCell, daysText, GrowthCell, methodWords, VerdictCell } from '@/components/tables/table-cells';
import { type ActTarget, actHref, tableHref } from '@/components/tables/table-links';
import { ButtonLink } from '@/components/ui/button';
import type { Column } from '@/components/ui/data-table';
import { formatDuration } from '@/lib/base/format';
import type { Bloat, TableRow, Tables } from '@/lib/contract/tables';

interface ColumnOptions {
  instance: ActTarget;
  acts: Tables['acts'];
  /** Left out on the page of one table, where all rows are of one database. */
  withDatabase: boolean;
}

const age = (seconds: number | null, never: string) => (seconds === null ? never : formatDuration(seconds));

const foundBy = (bloat: Bloat | null) => (bloat ? (bloat.notKnown ?? methodWords(bloat)) : null);

/** Everything that is known of a table; what is looked at less often is hidden until somebody ticks it. */
export function tableColumns(options: ColumnOptions): Column<TableRow>[] {
  const { instance, acts, withDatabase } = options;
  return [
    {
      id: 'table',
      header: 'Table',
      value: ({ table }) => table,
      cell: (row) => (
        <Link href={tableHref(instance.id, row)} prefetch={false} className="link font-medium">
          {row.table}
        </Link>
      ),
    },
    { id: 'schema', header: 'Schema', value: ({ schema }) => schema },
    ...(withDatabase
      ? [{ id: 'database', header: 'Database', value: ({ database }: TableRow) => database }]
      : []),
    {
      id: 'kind',
      header: 'Kind',
      value: ({ kind, partitions }) => (partitions > 0 ? `${kind}, ${partitions} partitions` : kind),
      hidden: true,
    },
    {
      id: 'verdict',
      header: 'Verdict',
      value: ({ level, verdicts }) => [level, ...verdicts.map(({ title }) => title)].join(', '),
      cell: (row) => <VerdictCell row={row} />,
    },
    { id: 'bytes', header: 'Size', value: ({ bytes }) => bytes, unit: 'bytes' },
    { id: 'heap', header: 'Rows’ size', value: ({ heapBytes }) => heapBytes, unit: 'bytes', hidden: true },
    { id: 'toast', header: 'TOAST', value: ({ toastBytes }) => toastBytes, unit: 'bytes' },
    { id: 'indexes', header: 'Indexes', value: ({ indexBytes }) => indexBytes, unit: 'bytes' },
    { id: 'sized', header: 'Sized', value: ({ sizeMethod }) => sizeMethod, hidden: true },
    {
      id: 'growth',
      header: 'Growth',
      value: ({ growth }) => growth?.perDay ?? null,
      align: 'right',
      cell: ({ growth }) => <GrowthCell growth={growth} />,
    },
    {
      id: 'doubles',
      header: 'Doubles in',
      value: ({ doublesInDays }) => doublesInDays,
      align: 'right',
      cell: ({ doublesInDays }) => daysText(doublesInDays),
    },
    { id: 'live', header: 'Live rows', value: ({ liveRows }) => liveRows, unit: 'rows' },
    { id: 'dead', header: 'Dead rows', value: ({ deadRows }) => deadRows, unit: 'rows' },
    {
      id: 'deadShare',
      header: 'Dead',
      value: ({ deadPercent }) => deadPercent,
      unit: 'percent',
      hidden: true,
    },
    {
      id: 'bloat',
      header: 'Dead space',
      value: ({ bloat }) => bloat?.percent ?? null,
      align: 'right',
      cell: ({ bloat }) => <BloatCell bloat={bloat} />,
    },
    {
      id: 'bloatMethod',
      header: 'Found by',
      value: ({ bloat }) => foundBy(bloat),
      // One line: a list of thousands scrolls by rows of one height.
      cell: ({ bloat }) => (
        <span title={foundBy(bloat) ?? undefined} className="block max-w-56 truncate">
          {foundBy(bloat) ?? '–'}
        </span>
      ),
    },
    {
      id: 'toastBloat',
      header: 'TOAST dead space',
      value: ({ toastBloat }) => toastBloat?.bytes ?? null,
      align: 'right',
      cell: ({ toastBloat }) => (toastBloat ? <BloatCell bloat={toastBloat} /> : '–'),
      hidden: true,
    },
    {
      id: 'vacuum',
      header: 'Vacuumed',
      value: ({ vacuumAgeSeconds }) => vacuumAgeSeconds,
      align: 'right',
      cell: ({ vacuumAgeSeconds, autovacuum }) =>
        `${age(vacuumAgeSeconds, 'never')}${autovacuum === 'off' ? ' (auto off)' : ''}`,
    },
    {
      id: 'analyze',
      header: 'Analyzed',
      value: ({ analyzeAgeSeconds }) => analyzeAgeSeconds,
      align: 'right',
      cell: ({ analyzeAgeSeconds }) => age(analyzeAgeSeconds, 'never'),
    },
    {
      id: 'changed',
      header: 'Changed since',
      value: ({ changedPercent }) => changedPercent,
      unit: 'percent',
      hidden: true,
    },
    { id: 'hit', header: 'Cache hit', value: ({ hitRate }) => hitRate, unit: 'percent' },
    { id: 'indexHit', header: 'Index hit', value: ({ indexHitRate }) => indexHitRate, unit: 'percent' },
    { id: 'indexUse', header: 'By index', value: ({ indexUse }) => indexUse, unit: 'percent', hidden: true },
    { id: 'hot', header: 'HOT updates', value: ({ hotShare }) => hotShare, unit: 'percent', hidden: true },
    {
      id: 'xid',
      header: 'Transactions old',
      value: ({ xidAge }) => xidAge,
      unit: 'transactions',
      hidden: true,
    },
    {
      id: 'acts',
      header: 'Do',
      value: () => null,
      cell: ({ database, schema, table }) => (
        <span className="flex gap-1">
          {acts.map(({ job, label }) => (
            <ButtonLink
              key={job}
              size="small"
              look="quiet"
              href={actHref(job, instance, { database, schema, table })}
            >
              {label}
            </ButtonLink>
          ))}
        </span>
      ),
    },
  ];
}
