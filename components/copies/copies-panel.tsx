'use client';

import Link from 'next/link';
import { momentOfCopy, placeOfCopy } from '@/components/copies/words';
import { useCopies } from '@/components/data/copies';
import { Age, Moment } from '@/components/ui/age';
import { type Column, DataTable } from '@/components/ui/data-table';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusBadge } from '@/components/ui/status-mark';
import type { Copy } from '@/lib/contract/copies';

/** The copies of a cluster: those that are open, and those that were. */
export function CopiesPanel({ clusterId }: { clusterId: string }) {
  const query = useCopies(clusterId, false);
  return (
    <Panel title="Copies" note="Servers over restored files that stay up for a while, to look into." flush>
      <QueryState query={query}>
        {({ items }) => (
          <DataTable
            id="copies"
            label="Copies"
            rows={items}
            columns={columns}
            rowKey={({ id }) => id}
            href={({ id }) => `/copies/${id}`}
            defaultSort="-opened"
            plain={items.length < 10}
            empty={<p className="p-3 text-sm text-muted">No copy of this cluster was opened yet.</p>}
          />
        )}
      </QueryState>
    </Panel>
  );
}

const columns: Column<Copy>[] = [
  {
    id: 'moment',
    header: 'As of',
    value: (copy) => momentOfCopy(copy) ?? placeOfCopy(copy),
    cell: (copy) => {
      const moment = momentOfCopy(copy);
      return (
        <Link href={`/copies/${copy.id}`} prefetch={false} className="link">
          {moment ? <Moment at={moment} /> : placeOfCopy(copy)}
        </Link>
      );
    },
  },
  {
    id: 'state',
    header: 'State',
    value: ({ state }) => state,
    cell: ({ state }) => <StatusBadge status={state} />,
  },
  {
    id: 'opened',
    header: 'Opened',
    value: ({ openedAt }) => openedAt,
    cell: ({ openedAt }) => <Age at={openedAt} />,
  },
  {
    id: 'until',
    header: 'Stays until',
    value: ({ expiresAt }) => expiresAt,
    cell: ({ state, expiresAt }) => (state === 'open' ? <Moment at={expiresAt} /> : '–'),
  },
  { id: 'worker', header: 'On worker', value: ({ workerName }) => workerName },
  { id: 'problem', header: 'Problem', value: ({ problem }) => problem, wide: true },
];
