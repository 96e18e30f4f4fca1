'use client';

import { useMemo } from 'react';
import { useStatements } from '@/components/data/instance';
import type { Range } from '@/components/data/range';
import { useUrlState } from '@/components/data/url-state';
import { Checkbox } from '@/components/ui/checkbox';
import { CodeBlock } from '@/components/ui/code-block';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Dialog } from '@/components/ui/dialog';
import { KeyValue } from '@/components/ui/key-value';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import { StatusMark } from '@/components/ui/status-mark';
import { formatBytes, formatNumber, formatValue } from '@/lib/base/format';
import type { Statements } from '@/lib/contract/statements';

type Statement = Statements['items'][number];

const sortOptions = [
  { value: 'time', label: 'Most time' },
  { value: 'calls', label: 'Most calls' },
  { value: 'mean', label: 'Slowest mean' },
  { value: 'reads', label: 'Most blocks read' },
  { value: 'temp', label: 'Most temporary blocks' },
  { value: 'wal', label: 'Most WAL' },
  { value: 'rows', label: 'Most rows' },
];

function textOf(statement: Statement): string {
  if (statement.textHidden) return 'hidden from your role: it may hold literals';
  return statement.text ?? 'evicted before its text was read';
}

const columns: Column<Statement>[] = [
  {
    id: 'text',
    header: 'Statement',
    value: textOf,
    cell: (row) => <StatementText statement={row} />,
    wide: true,
  },
  { id: 'sharePercent', header: 'Share of time', value: (row) => row.sharePercent, unit: 'percent' },
  { id: 'totalMs', header: 'Time', value: (row) => row.totalMs, unit: 'milliseconds' },
  { id: 'calls', header: 'Calls', value: (row) => row.calls, unit: 'count' },
  { id: 'meanMs', header: 'Mean', value: (row) => row.meanMs, unit: 'milliseconds' },
  { id: 'rows', header: 'Rows', value: (row) => row.rows, unit: 'rows' },
  { id: 'sharedRead', header: 'Blocks read', value: (row) => row.sharedRead, unit: 'count' },
  { id: 'sharedHit', header: 'Blocks found', value: (row) => row.sharedHit, unit: 'count', hidden: true },
  { id: 'tempWritten', header: 'Temp. blocks', value: (row) => row.tempWritten, unit: 'count', hidden: true },
  { id: 'walBytes', header: 'WAL', value: (row) => row.walBytes, unit: 'bytes', hidden: true },
  { id: 'database', header: 'Database', value: (row) => row.database },
  { id: 'username', header: 'User', value: (row) => row.username },
  { id: 'queryid', header: 'Query id', value: (row) => row.queryid, mono: true, hidden: true },
];

function StatementText({ statement }: { statement: Statement }) {
  const [, open] = useUrlState('statement');
  return (
    <button
      type="button"
      onClick={() => open(statement.id)}
      className="block max-w-[36rem] truncate text-left font-mono text-xs hover:underline"
    >
      {statement.lowerBound ? '≥ ' : ''}
      {textOf(statement)}
    </button>
  );
}

interface StatementsPanelProps {
  instanceId: string;
  range: Range;
  /** The console's own logins: what they ask is hidden until somebody wants to see it. */
  ownUsers: readonly string[];
}

/** Where the database's time went in the page's range, from the stored deltas of pg_stat_statements. */
export function StatementsPanel({ instanceId, range, ownUsers }: StatementsPanelProps) {
  const [own, setOwn] = useUrlState('statements.own', 'hidden');
  const [sort, setSort] = useUrlState('statements.by', 'time');
  const [chosen, choose] = useUrlState('statement');
  const statements = useStatements(instanceId, range, sort);
  const found = useMemo(
    () => statements.data?.items.find((statement) => statement.id === chosen),
    [statements.data, chosen],
  );
  return (
    <Panel
      id="statements"
      title="Statements"
      note="Sums over the range of this page."
      at={statements.data?.observedAt ?? null}
      staleAfterSeconds={180}
      flush
      actions={
        <>
          <Checkbox
            label="Plumbline’s own"
            checked={own === 'shown'}
            onChange={(event) => setOwn(event.target.checked ? 'shown' : 'hidden')}
          />
          <Select
            aria-label="Order"
            options={sortOptions}
            value={sort}
            onChange={(event) => setSort(event.target.value)}
            className="h-7 w-48 text-sm"
          />
        </>
      }
    >
      <QueryState query={statements} lines={6}>
        {(data) => (
          <>
            {data.state && data.state !== 'ok' ? (
              <div className="flex flex-col gap-1 px-3 pb-3 text-sm">
                <p>
                  <StatusMark status={data.state} className="mr-1.5 align-text-bottom" />
                  {data.reason}
                </p>
                {data.mend ? <CodeBlock code={data.mend} label="What mends it" wrap /> : null}
              </div>
            ) : null}
            <DataTable
              id="statements"
              label="Statements"
              rows={
                own === 'shown' ? data.items : data.items.filter((each) => !ownUsers.includes(each.username))
              }
              columns={columns}
              rowKey={(row) => row.id}
              empty={
                data.state && data.state !== 'ok' ? (
                  <span />
                ) : (
                  <p className="px-3 pb-3 text-sm text-muted">
                    No statement has run in this window, as far as it is known: deltas are taken once a
                    minute, so the first ones come in the second minute.
                  </p>
                )
              }
              note={`${formatNumber(data.totals.statements)} statements, ${formatNumber(data.totals.calls)} calls, ${formatValue(data.totals.totalMs, 'milliseconds')} in all.`}
            />
          </>
        )}
      </QueryState>
      <Dialog
        open={found !== undefined}
        onOpenChange={(open) => {
          if (!open) choose('');
        }}
        title="Statement"
        wide
      >
        {found ? <StatementDetails statement={found} /> : null}
      </Dialog>
    </Panel>
  );
}

function StatementDetails({ statement }: { statement: Statement }) {
  const blocks = statement.sharedHit + statement.sharedRead;
  return (
    <div className="flex flex-col gap-3">
      <CodeBlock code={textOf(statement)} label="Text of the statement" wrap />
      {statement.lowerBound ? (
        <p className="text-sm text-muted">
          The server forgot it meanwhile (evicted or reset): the figures are lower bounds.
        </p>
      ) : null}
      <KeyValue
        items={[
          ['Share of all time', formatValue(statement.sharePercent, 'percent')],
          [
            'Time, calls, mean',
            `${formatValue(statement.totalMs, 'milliseconds')}, ${formatNumber(statement.calls)}, ${formatValue(statement.meanMs, 'milliseconds')}`,
          ],
          ['Rows per call', formatNumber(statement.calls > 0 ? statement.rows / statement.calls : 0)],
          [
            'Blocks found in cache',
            blocks > 0 ? formatValue((100 * statement.sharedHit) / blocks, 'percent') : 'none asked for',
          ],
          ['Temporary blocks written', formatNumber(statement.tempWritten)],
          ['WAL', formatBytes(statement.walBytes)],
          ['Database and user', `${statement.database}, ${statement.username}`],
          ['Query id', statement.queryid],
        ]}
      />
    </div>
  );
}
