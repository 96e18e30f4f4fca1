'use client';

import { Server } from 'lucide-react';
import Link from 'next/link';
import { Age } from '@/components/ui/age';
import { ButtonLink } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import type { ClusterView } from '@/lib/contract/clusters';
import { type InstanceView, purposes } from '@/lib/contract/instances';

function versionText(serverVersionNum: number | null): string | null {
  return serverVersionNum === null
    ? null
    : `${Math.floor(serverVersionNum / 10_000)}.${serverVersionNum % 10_000}`;
}

function stateOf(instance: InstanceView): string {
  return instance.state === 'active' && instance.reachable === false ? 'unreachable' : instance.state;
}

/** `watch, backup`: the purposes that it has a login for. */
function loginsText(instance: InstanceView): string {
  return purposes.filter((purpose) => instance.logins.some((login) => login.purpose === purpose)).join(', ');
}

const columns: readonly Column<InstanceView>[] = [
  {
    id: 'name',
    header: 'Server',
    value: (instance) => instance.name,
    wide: true,
    cell: (instance) => (
      <div className="min-w-0">
        <Link href={`/instances/${instance.id}`} prefetch={false} className="link font-medium break-words">
          {instance.name}
        </Link>
        {instance.reachable === false && instance.lastError ? (
          <p className="text-xs break-words text-muted">{instance.lastError}</p>
        ) : null}
      </div>
    ),
  },
  {
    id: 'state',
    header: 'State',
    value: stateOf,
    cell: (instance) => <StatusMark status={stateOf(instance)} />,
  },
  { id: 'role', header: 'Role', value: (instance) => (instance.role === 'unknown' ? null : instance.role) },
  { id: 'timeline', header: 'Timeline', value: (instance) => instance.timeline, unit: 'count', hidden: true },
  { id: 'version', header: 'Version', value: (instance) => versionText(instance.serverVersionNum) },
  { id: 'place', header: 'Address', value: (instance) => `${instance.host}:${instance.port}`, mono: true },
  { id: 'tls', header: 'TLS', value: (instance) => instance.tlsMode },
  {
    id: 'logins',
    header: 'Logins',
    value: loginsText,
    cell: (instance) => <span className="whitespace-nowrap">{loginsText(instance)}</span>,
  },
  {
    id: 'seen',
    header: 'Last seen',
    value: (instance) => instance.lastSeenAt,
    cell: (instance) => <Age at={instance.lastSeenAt} />,
  },
  {
    id: 'settings',
    header: 'Settings',
    value: () => null,
    cell: (instance) => (
      <Link href={`/instances/${instance.id}/settings`} prefetch={false} className="link">
        {instance.state === 'draft' ? 'Test' : 'Settings'}
      </Link>
    ),
  },
];

/** The servers of a cluster with role, state and logins. */
export function ClusterServers({ cluster, refusal }: { cluster: ClusterView; refusal: string | null }) {
  return (
    <Panel
      title="Servers"
      flush
      note="The role of each is read every few seconds; a failover is followed by itself."
    >
      <DataTable
        id="servers"
        label={`Servers of ${cluster.name}`}
        rows={cluster.instances}
        columns={columns}
        rowKey={(instance) => instance.id}
        href={(instance) =>
          instance.state === 'draft' ? `/instances/${instance.id}/settings` : `/instances/${instance.id}`
        }
        defaultSort="name"
        plain
        empty={
          <EmptyState
            icon={Server}
            title="No server yet"
            actions={
              refusal ? null : (
                <ButtonLink href={`/instances/new?clusterId=${cluster.id}`} look="primary">
                  Add the primary
                </ButtonLink>
              )
            }
          >
            {refusal ?? 'Start with the primary: its test finds the standbys and offers them.'}
          </EmptyState>
        }
      />
    </Panel>
  );
}
