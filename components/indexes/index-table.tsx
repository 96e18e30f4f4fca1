'use client';

import Link from 'next/link';
import { useMemo } from 'react';
import { useUrlState } from '@/components/data/url-state';
import { AboutButton } from '@/components/indexes/about-button';
import { actHref } from '@/components/indexes/act-link';
import { VerdictBadge, verdictRank, verdictWords } from '@/components/indexes/verdict-badge';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import { formatDuration } from '@/lib/base/format';
import type { IndexItem, InstanceIndexes } from '@/lib/contract/indexes';

interface IndexTableProps {
  data: InstanceIndexes;
  target: { clusterId: string; instanceId: string };
  at: string | null;
  staleAfterSeconds: number;
}

const formatOrDash = (seconds: number | null) => (seconds === null ? '–' : formatDuration(seconds));

const scansElsewhere = (item: IndexItem) =>
  item.elsewhere.length === 0 ? null : item.elsewhere.reduce((sum, { scans }) => sum + scans, 0);

function Acts({ item, data, target }: Pick<IndexTableProps, 'data' | 'target'> & { item: IndexItem }) {
  const { database, schema, index } = item;
  return (
    <span className="flex gap-2">
      {data.acts.onIndex
        .filter(({ job }) => item.verdict !== 'kept' || !data.acts.dropping.includes(job))
        .map(({ job, label }) => (
          <Link
            key={job}
            href={actHref(job, target, { database, schema, index })}
            prefetch={false}
            className="link text-sm whitespace-nowrap"
            aria-label={`${label}: ${schema}.${index}`}
          >
            {label}
          </Link>
        ))}
    </span>
  );
}

function columnsOf(props: Pick<IndexTableProps, 'data' | 'target'>): Column<IndexItem>[] {
  return [
    {
      id: 'verdict',
      header: 'Verdict',
      value: (item) => `${verdictRank(item.verdict)} ${verdictWords[item.verdict]}`,
      cell: (item) => <VerdictBadge verdict={item.verdict} />,
    },
    { id: 'database', header: 'Database', value: (item) => item.database },
    { id: 'table', header: 'Table', value: (item) => `${item.schema}.${item.table}` },
    { id: 'index', header: 'Index', value: (item) => item.index, mono: true },
    {
      id: 'why',
      header: 'Why',
      value: (item) => item.why,
      wide: true,
      // The reason of a verdict is what people come for: whole, however many lines it takes.
      cell: (item) => <span className="block min-w-52 whitespace-normal">{item.why}</span>,
    },
    { id: 'bytes', header: 'Size', value: (item) => item.bytes, unit: 'bytes' },
    { id: 'scans', header: 'Scans', value: (item) => item.scans, unit: 'count' },
    {
      id: 'elsewhere',
      header: 'On other servers',
      value: scansElsewhere,
      unit: 'count',
      cell: (item) =>
        item.elsewhere.length === 0 ? (
          '–'
        ) : (
          <span title={item.elsewhere.map(({ instance, usage }) => `${instance}: ${usage}`).join('\n')}>
            {scansElsewhere(item)?.toLocaleString('en')}
          </span>
        ),
    },
    {
      id: 'quiet',
      header: 'Not used for',
      value: (item) => item.quietSeconds,
      unit: 'seconds',
      // Readings are minutes apart: nobody knows it to the second.
      cell: (item) =>
        item.quietSeconds !== null && item.quietSeconds < 60 ? '< 1 min' : formatOrDash(item.quietSeconds),
    },
    { id: 'method', header: 'Method', value: (item) => item.method, hidden: true },
    { id: 'supports', header: 'Foreign key', value: (item) => item.supports, hidden: true },
    { id: 'definition', header: 'Definition', value: (item) => item.definition, mono: true, hidden: true },
    { id: 'acts', header: 'Acts', value: () => null, cell: (item) => <Acts item={item} {...props} /> },
  ];
}

/** Every index with what the whole cluster knows of its use, and what can be done about it. */
export function IndexTable({ data, target, at, staleAfterSeconds }: IndexTableProps) {
  const [wanted, setWanted] = useUrlState('verdict');
  const columns = useMemo(() => columnsOf({ data, target }), [data, target]);
  const rows = wanted ? data.items.filter(({ verdict }) => verdict === wanted) : data.items;
  const counts = new Map<string, number>();
  for (const { verdict } of data.items) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return (
    <Panel
      id="indexes"
      title="Indexes"
      note="An index that was used within 35 days on any server of the cluster is in use. The 5,000 largest of each database."
      at={at}
      staleAfterSeconds={staleAfterSeconds}
      flush
      actions={
        <>
          <AboutButton check={data.checks.onIndexes[0]} />
          <Select
            aria-label="Show indexes by verdict"
            className="w-auto"
            value={wanted}
            placeholder={`All (${data.items.length})`}
            options={[...counts]
              .map(([verdict, count]) => ({ verdict: verdict as IndexItem['verdict'], count }))
              .sort((left, right) => verdictRank(left.verdict) - verdictRank(right.verdict))
              .map(({ verdict, count }) => ({
                value: verdict,
                label: `${verdictWords[verdict]} (${count})`,
              }))}
            onChange={(event) => setWanted(event.target.value)}
          />
        </>
      }
    >
      <DataTable
        id="indexes"
        label="Indexes"
        rows={rows}
        columns={columns}
        rowKey={({ database, schema, index }) => JSON.stringify([database, schema, index])}
        defaultSort="verdict"
        empty={
          <p className="px-3 pb-3 text-sm text-muted">
            {data.readings.length === 0
              ? 'Not read yet: indexes are read every ten minutes, and at “Collect now”.'
              : wanted
                ? 'No index has this verdict now. Show all.'
                : 'No index was found in the databases that could be read.'}
          </p>
        }
      />
    </Panel>
  );
}
