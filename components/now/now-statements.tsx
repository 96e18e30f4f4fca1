'use client';

import { useStatementMoves } from '@/components/data/now';
import { useUrlState } from '@/components/data/url-state';
import { UnknownPlaces } from '@/components/now/unknown-places';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import { Badge } from '@/components/ui/status-mark';
import { formatNumber } from '@/lib/base/format';
import type { StatementMoveView } from '@/lib/contract/now';

const words = { new: 'New', regressed: 'Slower' } as const;

const hrefOf = ({ instanceId, queryid }: StatementMoveView) =>
  `/instances/${instanceId}/queries/${encodeURIComponent(queryid)}`;

function textOf({ text, textHidden, queryid }: StatementMoveView): string {
  if (text !== null) return text.replace(/\s+/g, ' ').slice(0, 300);
  return textHidden ? '(hidden: it may hold literals)' : `query id ${queryid}`;
}

const columns: Column<StatementMoveView>[] = [
  {
    id: 'kind',
    header: 'Why',
    value: ({ kind }) => words[kind],
    cell: ({ kind, meanMs, meanMsBefore }) => (
      <Badge>
        {words[kind]}
        {meanMsBefore ? ` ×${formatNumber(meanMs / meanMsBefore)}` : ''}
      </Badge>
    ),
  },
  {
    id: 'text',
    header: 'Statement',
    value: textOf,
    cell: (row) => <span className="line-clamp-2">{textOf(row)}</span>,
    mono: true,
    wide: true,
  },
  { id: 'server', header: 'Server', value: ({ instanceName, database }) => `${instanceName} / ${database}` },
  { id: 'mean', header: 'Mean', value: ({ meanMs }) => meanMs, unit: 'milliseconds' },
  { id: 'before', header: 'Before', value: ({ meanMsBefore }) => meanMsBefore, unit: 'milliseconds' },
  { id: 'calls', header: 'Calls', value: ({ calls }) => calls, unit: 'count' },
];

/** Statements that came or became slower: the other half of "what changed". */
export function NowStatements() {
  const [range, setRange] = useUrlState('statements', '1h');
  const moves = useStatementMoves(range === '24h' ? '24h' : '1h');
  return (
    <Panel
      title="New and slower statements"
      note="Against the day before the window."
      flush
      actions={
        <Select
          aria-label="Window"
          options={[
            { value: '1h', label: 'Last hour' },
            { value: '24h', label: 'Last day' },
          ]}
          value={range}
          onChange={(event) => setRange(event.target.value)}
          className="h-7 w-auto text-sm"
        />
      }
    >
      <QueryState query={moves} lines={4}>
        {({ items, limits, unknown }) => (
          <>
            <DataTable
              id="moves"
              label="New and slower statements"
              plain
              rows={items}
              columns={columns}
              rowKey={({ id }) => id}
              href={hrefOf}
              note={`New: ${limits.newMs / 1000} s in the window. Slower: a mean of ${limits.factor} times that of before, costing ${limits.extraMs / 1000} s more. Both from ${limits.calls} calls on.`}
              empty={
                <p className="px-3 pb-3 text-sm text-muted">
                  No statement is new or much slower, of those that are read from pg_stat_statements.
                </p>
              }
            />
            <UnknownPlaces title="Some servers’ statements are not known" places={unknown} />
          </>
        )}
      </QueryState>
    </Panel>
  );
}
