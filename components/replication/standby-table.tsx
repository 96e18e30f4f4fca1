'use client';

import { Copy } from 'lucide-react';
import Link from 'next/link';
import { lagSourceText, lagText, statusOf, wordOf } from '@/components/replication/words';
import { Age } from '@/components/ui/age';
import { type Column, DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { StatusMark } from '@/components/ui/status-mark';
import type { Unit } from '@/lib/base/units';
import type { ReplicationServer, StandbyFactsView } from '@/lib/contract/replication';

type Key = keyof StandbyFactsView;

function figure(id: Key, header: string, unit: Unit, hidden = false): Column<ReplicationServer> {
  return {
    id,
    header,
    unit,
    hidden,
    value: ({ standby }) => {
      const value = standby?.[id];
      return typeof value === 'number' ? value : null;
    },
  };
}

function word(id: Key, header: string, hidden = false): Column<ReplicationServer> {
  return { id, header, hidden, value: ({ standby }) => standby?.[id]?.toString() ?? null };
}

const columns: readonly Column<ReplicationServer>[] = [
  {
    id: 'name',
    header: 'Standby',
    value: ({ name }) => name,
    cell: ({ instanceId, name }) => (
      <Link href={`/instances/${instanceId}/replication`} prefetch={false} className="link font-medium">
        {name}
      </Link>
    ),
  },
  {
    id: 'state',
    header: 'State',
    value: wordOf,
    cell: (server) => (
      <StatusMark status={statusOf(server)} word={wordOf(server)} className="whitespace-nowrap" />
    ),
  },
  {
    ...word('fedBy', 'Fed by'),
    cell: ({ standby }) => <span className="whitespace-nowrap">{standby?.fedBy ?? '–'}</span>,
  },
  figure('unsentBytes', 'Not sent', 'bytes'),
  figure('inFlightBytes', 'Not received', 'bytes'),
  figure('unreplayedBytes', 'Not replayed', 'bytes'),
  figure('behindBytes', 'Behind', 'bytes'),
  {
    id: 'lagSeconds',
    header: 'Behind at most',
    unit: 'seconds',
    value: ({ standby }) => standby?.lagSeconds ?? null,
    cell: ({ standby }) => (standby ? <span title={lagSourceText(standby)}>{lagText(standby)}</span> : '–'),
  },
  {
    id: 'lagFrom',
    header: 'Known how',
    value: ({ standby }) => (standby ? lagSourceText(standby) : null),
    hidden: true,
  },
  word('says', 'What was seen'),
  word('receiver', 'Receiver', true),
  figure('silentSeconds', 'Last message', 'seconds', true),
  word('senderState', 'Sender', true),
  word('syncState', 'Synchronous', true),
  figure('lastCommitSeconds', 'Last replayed commit', 'seconds', true),
  figure('apartSeconds', 'Positions apart', 'seconds', true),
  figure('timeline', 'Timeline', 'none', true),
  {
    id: 'observedAt',
    header: 'Read',
    value: ({ observedAt }) => observedAt,
    cell: ({ observedAt }) => <Age at={observedAt} staleAfterSeconds={25} />,
  },
];

/** The truth table: one row per standby, from both sides' positions of one tick. */
export function StandbyTable({ servers }: { servers: readonly ReplicationServer[] }) {
  return (
    <DataTable
      id="standbys"
      label="Standbys"
      rows={servers.filter(({ role }) => role === 'standby')}
      columns={columns.map((column) => (column.id === 'says' ? { ...column, wide: true } : column))}
      rowKey={({ instanceId }) => instanceId}
      defaultSort="name"
      empty={
        <EmptyState icon={Copy} title="No standby is watched">
          When the primary has standbys, its connection test finds and offers them; add them on the cluster’s
          page. A standby that is not added is seen from the primary alone, among the senders below.
        </EmptyState>
      }
      note="The standby is read first, then the primary, in the same tick. A dash is not known, never zero."
    />
  );
}
