'use client';

import Link from 'next/link';
import { checkHref } from '@/components/instance/check-places';
import { Age } from '@/components/ui/age';
import { CodeBlock } from '@/components/ui/code-block';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import { StatusMark, statusWord } from '@/components/ui/status-mark';
import { plural } from '@/lib/base/format';
import type { CheckServers } from '@/lib/contract/checks-overview';

type Row = CheckServers['items'][number];

/** What could not be measured has its own state; else the worst finding stands for it. */
const stateOf = (row: Row) => (row.state === 'ok' ? row.level : row.state);

function columnsFor({ id, feeds }: CheckServers, perDatabase: boolean): Column<Row>[] {
  return [
    {
      id: 'server',
      header: 'Server',
      value: (row) => `${row.clusterName} · ${row.instanceName}`,
      cell: (row) => (
        <Link href={checkHref(row.instanceId, id, feeds)} prefetch={false} className="link whitespace-nowrap">
          {row.clusterName} · {row.instanceName}
        </Link>
      ),
    },
    ...(perDatabase
      ? [{ id: 'database', header: 'Database', value: (row: Row) => row.database } satisfies Column<Row>]
      : []),
    {
      id: 'state',
      header: 'State',
      value: (row) => statusWord(stateOf(row)),
      cell: (row) => <StatusMark status={stateOf(row)} />,
    },
    { id: 'findings', header: 'Findings', value: (row) => row.findings, unit: 'count' },
    { id: 'reason', header: 'Why not known', value: (row) => row.reason, wide: true },
    { id: 'durationMs', header: 'Took', value: (row) => row.durationMs, unit: 'milliseconds' },
    {
      id: 'observedAt',
      header: 'Seen',
      value: (row) => row.observedAt,
      cell: (row) => <Age at={row.observedAt} />,
    },
  ];
}

/** One check on each server: how it stands, why it is not known there, and what mends that. */
export function CheckServersPanel({ data }: { data: CheckServers }) {
  const mends = new Map<string, number>();
  for (const { mend } of data.items) if (mend) mends.set(mend, (mends.get(mend) ?? 0) + 1);
  const perDatabase = data.items.some(({ database }) => database !== null);
  return (
    <Panel title="On each server" flush>
      {mends.size > 0 ? (
        <div className="space-y-2 px-3 pb-3">
          {[...mends].slice(0, 5).map(([mend, n]) => (
            <div key={mend}>
              <p className="mb-1 text-sm">
                <StatusMark status="unknown" word={`Not known in ${plural(n, 'place')}`} /> This mends it:
              </p>
              <CodeBlock code={mend} label="What mends it" wrap />
            </div>
          ))}
        </div>
      ) : null}
      <DataTable
        id="servers"
        label={`${data.title} on each server`}
        rows={data.items}
        columns={columnsFor(data, perDatabase)}
        rowKey={(row) => `${row.instanceId}/${row.database ?? ''}`}
        empty={
          <p className="px-3 pb-3 text-sm text-muted">
            It has not been asked of any server yet. It is, every {data.everySeconds} s, of each server that
            it is meant for.
          </p>
        }
      />
    </Panel>
  );
}
