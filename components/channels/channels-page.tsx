'use client';

import { Megaphone } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { AdminTabs } from '@/components/admin/admin-tabs';
import { ChannelDialog } from '@/components/channels/channel-dialog';
import { subjectNames, typeWords } from '@/components/channels/channel-draft';
import { SigningSecret } from '@/components/channels/signing-secret';
import { useChannels } from '@/components/channels/use-channels';
import { Age } from '@/components/ui/age';
import { Button, ButtonLink } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusBadge, StatusMark } from '@/components/ui/status-mark';
import type { Channel, SavedChannel } from '@/lib/contract/channels';

const lastLooks = {
  sent: ['ok', 'Sent'],
  waiting: ['queued', 'Waits'],
  sending: ['running', 'Being sent'],
  failed: ['failed', 'Given up'],
} as const;

const columns: Column<Channel>[] = [
  {
    id: 'state',
    header: 'State',
    value: (channel) => (channel.enabled ? 'active' : 'paused'),
    cell: (channel) => <StatusBadge status={channel.enabled ? 'active' : 'paused'} />,
  },
  {
    id: 'name',
    header: 'Name',
    value: (channel) => channel.name,
    cell: (channel) => (
      <Link href={`/admin/channels/${channel.id}`} prefetch={false} className="link">
        {channel.name}
      </Link>
    ),
  },
  { id: 'type', header: 'Goes by', value: (channel) => typeWords[channel.type] },
  {
    id: 'to',
    header: 'To',
    wide: true,
    value: ({ settings }) => ('url' in settings ? settings.url : settings.to.join(', ')),
  },
  {
    id: 'hears',
    header: 'Hears of',
    wide: true,
    value: ({ rules }) =>
      `${rules.subjects.map((subject) => subjectNames[subject]).join(', ')}${rules.level === 'crit' ? ', critical only' : ''}`,
  },
  {
    id: 'last',
    header: 'Last message',
    value: (channel) => channel.last?.createdAt ?? null,
    cell: ({ last }) =>
      last ? (
        <span title={last.lastError ?? undefined} className="inline-flex items-center gap-2">
          <StatusMark status={lastLooks[last.state][0]} word={lastLooks[last.state][1]} />
          <Age at={last.sentAt ?? last.createdAt} />
        </span>
      ) : (
        <span className="text-muted">none yet</span>
      ),
  },
];

/** Where word goes of what is wrong. */
export function ChannelsPage() {
  const query = useChannels();
  const router = useRouter();
  const [isAdding, setAdding] = useState(false);
  const [saved, setSaved] = useState<SavedChannel | null>(null);
  const onSaved = (made: SavedChannel) => {
    setAdding(false);
    if (made.secret === null) router.push(`/admin/channels/${made.id}`);
    else setSaved(made);
  };
  return (
    <>
      <AdminTabs />
      <PageHeader
        title="Channels"
        note="Where word goes of failed and missed backups, drills, holes, exposure and broken glass."
        actions={
          <>
            <ButtonLink href="/alerts">Alerts</ButtonLink>
            <Button
              look="primary"
              disabled={query.data === undefined}
              icon={<Megaphone aria-hidden className="size-4" />}
              onClick={() => setAdding(true)}
            >
              Add a channel
            </Button>
          </>
        }
      />
      <Panel title="Channels" flush>
        <QueryState
          query={query}
          empty={({ items }) =>
            items.length > 0 ? undefined : (
              <EmptyState title="Nobody is told yet" icon={Megaphone}>
                What is wrong stands on the pages alone. Add an e-mail or a webhook, and send it a test
                message.
              </EmptyState>
            )
          }
        >
          {({ items }) => (
            <DataTable
              id="channels"
              label="Channels"
              rows={items}
              columns={columns}
              rowKey={({ id }) => id}
              href={({ id }) => `/admin/channels/${id}`}
              defaultSort="name"
            />
          )}
        </QueryState>
      </Panel>
      {isAdding ? <ChannelDialog onClose={() => setAdding(false)} onSaved={onSaved} /> : null}
      {saved?.secret ? (
        <SigningSecret secret={saved.secret} onClose={() => router.push(`/admin/channels/${saved.id}`)} />
      ) : null}
    </>
  );
}
