'use client';

import { Age } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { StatusBadge } from '@/components/ui/status-mark';
import type { Delivery } from '@/lib/contract/channels';

const looks = {
  sent: ['succeeded', 'Sent'],
  waiting: ['queued', 'Waits'],
  sending: ['running', 'Being sent'],
  failed: ['failed', 'Given up'],
} as const;

function deliveryColumns(retry: (delivery: Delivery) => void, isBusy: boolean): Column<Delivery>[] {
  return [
    {
      id: 'state',
      header: 'State',
      value: (delivery) => looks[delivery.state][1],
      cell: ({ state }) => <StatusBadge status={looks[state][0]} word={looks[state][1]} />,
    },
    { id: 'title', header: 'Message', wide: true, value: (delivery) => delivery.message.title },
    {
      id: 'alerts',
      header: 'Alerts',
      unit: 'count',
      value: (delivery) => delivery.message.lines.length + delivery.message.more,
    },
    { id: 'attempts', header: 'Attempts', unit: 'count', value: (delivery) => delivery.attempts },
    { id: 'error', header: 'Last error', wide: true, value: (delivery) => delivery.lastError },
    {
      id: 'made',
      header: 'Made',
      value: (delivery) => delivery.createdAt,
      cell: (delivery) => <Age at={delivery.createdAt} />,
    },
    {
      id: 'next',
      header: 'Sent, or next attempt',
      value: (delivery) => delivery.sentAt ?? delivery.nextAt,
      cell: ({ state, sentAt, gaveUpAt, nextAt }) => (
        <Age at={state === 'sent' ? sentAt : state === 'failed' ? gaveUpAt : nextAt} />
      ),
    },
    {
      id: 'acts',
      header: 'Acts',
      value: () => null,
      cell: (delivery) =>
        delivery.state === 'failed' || (delivery.state === 'waiting' && delivery.attempts > 0) ? (
          <Button size="small" disabled={isBusy} onClick={() => retry(delivery)}>
            Send now
          </Button>
        ) : null,
    },
  ];
}

/** What a channel was told, newest first, with what went wrong on the way. */
export function DeliveryTable({
  deliveries,
  retry,
  isBusy,
}: {
  deliveries: Delivery[];
  retry: (id: string) => void;
  isBusy: boolean;
}) {
  return (
    <DataTable
      id="deliveries"
      label="Messages of this channel"
      rows={deliveries}
      columns={deliveryColumns(({ id }) => retry(id), isBusy)}
      rowKey={({ id }) => id}
      empty={
        <EmptyState title="No message yet">
          Send a test message; after that this channel speaks when something is wrong.
        </EmptyState>
      }
    />
  );
}
