'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { AdminTabs } from '@/components/admin/admin-tabs';
import { ChannelDialog } from '@/components/channels/channel-dialog';
import { subjectNames, typeWords } from '@/components/channels/channel-draft';
import { DeliveryTable } from '@/components/channels/delivery-table';
import { RemoveChannel } from '@/components/channels/remove-channel';
import { SigningSecret, verification } from '@/components/channels/signing-secret';
import { useChannel, useChannelActs } from '@/components/channels/use-channels';
import { useClusters } from '@/components/data/clusters';
import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { ErrorLine } from '@/components/ui/error-state';
import { KeyValue } from '@/components/ui/key-value';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusBadge } from '@/components/ui/status-mark';
import type { ChannelDetail, SavedChannel } from '@/lib/contract/channels';

const tlsWords = { starttls: 'STARTTLS, demanded', tls: 'TLS', none: 'not encrypted' } as const;

/** One channel: where it goes, what it hears of, what it was told. */
export function ChannelPage({ id }: { id: string }) {
  const [isWaiting, setWaiting] = useState(false);
  const query = useChannel(id, isWaiting ? 2 : 30);
  const channel = query.data;
  const acts = useChannelActs(id);
  const router = useRouter();
  const [open, setOpen] = useState<'change' | 'remove' | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const onSaved = (saved: SavedChannel) => {
    setOpen(null);
    setSecret(saved.secret);
  };
  const error = acts.test.error ?? acts.retry.error ?? acts.change.error;
  return (
    <>
      <AdminTabs />
      <PageHeader
        title={channel?.name ?? 'Channel'}
        marks={
          channel ? (
            <>
              <StatusBadge status={channel.enabled ? 'active' : 'paused'} />
              <Badge>{typeWords[channel.type]}</Badge>
            </>
          ) : null
        }
        actions={
          channel ? (
            <>
              <Button
                look="primary"
                busy={acts.test.isPending}
                onClick={() => acts.test.mutate(undefined, { onSuccess: () => setWaiting(true) })}
              >
                Send a test message
              </Button>
              <Button onClick={() => setOpen('change')}>Change</Button>
              <Button
                busy={acts.change.isPending}
                onClick={() => acts.change.mutate({ enabled: !channel.enabled })}
              >
                {channel.enabled ? 'Pause' : 'Switch on'}
              </Button>
              {channel.type === 'webhook' ? (
                <Button onClick={() => acts.change.mutate({ newSecret: true }, { onSuccess: onSaved })}>
                  New secret
                </Button>
              ) : null}
              <Button look="quiet" onClick={() => setOpen('remove')}>
                Remove
              </Button>
            </>
          ) : null
        }
      />
      {error ? (
        <div className="mb-3">
          <ErrorLine error={error} />
        </div>
      ) : null}
      <QueryState query={query} lines={8}>
        {(data) => (
          <div className="flex flex-col gap-4">
            <Facts channel={data} />
            <Panel
              title="Messages"
              note="A message that fails is tried again, later each time; it always has the same id."
              flush
            >
              <DeliveryTable
                deliveries={data.deliveries}
                isBusy={acts.retry.isPending}
                retry={(delivery) => acts.retry.mutate(delivery, { onSuccess: () => setWaiting(true) })}
              />
            </Panel>
            {data.type === 'webhook' ? (
              <Panel
                title="How a receiver verifies"
                note="Each request carries X-Plumbline-Signature and Idempotency-Key. Answer 2xx; 5xx, 408, 429 and silence are tried again."
              >
                <CodeBlock code={verification} label="Verification in Node.js" />
              </Panel>
            ) : null}
          </div>
        )}
      </QueryState>
      {channel && open === 'change' ? (
        <ChannelDialog channel={channel} onClose={() => setOpen(null)} onSaved={onSaved} />
      ) : null}
      {channel && open === 'remove' ? (
        <RemoveChannel
          channel={channel}
          onClose={() => setOpen(null)}
          onRemoved={() => router.push('/admin/channels')}
        />
      ) : null}
      {secret === null ? null : <SigningSecret secret={secret} onClose={() => setSecret(null)} />}
    </>
  );
}

function Facts({ channel }: { channel: ChannelDetail }) {
  const clusters = useClusters().data?.items ?? [];
  const { settings, rules } = channel;
  const where: [string, string][] =
    'url' in settings
      ? [
          ['Address', settings.url],
          ['Signing secret', channel.hasSecret ? 'sealed for this address' : 'missing: make a new one'],
        ]
      : [
          ['Mail server', `${settings.host}:${settings.port}, ${tlsWords[settings.tls]}`],
          ['Login', settings.username === '' ? 'none' : settings.username],
          ['Sender', settings.from],
          ['To', settings.to.join(', ')],
        ];
  const names = clusters.filter(({ id }) => rules.clusterIds.includes(id)).map(({ name }) => name);
  return (
    <div className="grid gap-4 lg:grid-cols-2">
      <Panel title="Where it goes">
        <KeyValue items={where} />
      </Panel>
      <Panel title="What it hears of">
        <KeyValue
          items={[
            ['About', rules.subjects.map((subject) => subjectNames[subject]).join(', ')],
            ['From', rules.level === 'crit' ? 'critical only' : 'warnings on'],
            ['Clusters', rules.clusterIds.length === 0 ? 'all' : names.join(', ')],
            ['When it is over', rules.resolved ? 'said' : 'not said'],
            [
              'Quiet hours',
              rules.quiet
                ? `${rules.quiet.from} to ${rules.quiet.to}, ${rules.quiet.zone}${rules.quiet.exceptCrit ? '; critical ones all the same' : ''}`
                : 'none',
            ],
            ['At most', `${rules.perHour} messages an hour`],
          ]}
        />
      </Panel>
    </div>
  );
}
