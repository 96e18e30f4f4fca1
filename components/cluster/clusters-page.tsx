'use client';

import { Database } from 'lucide-react';
import Link from 'next/link';
import { EnvironmentBadge } from '@/components/cluster/environment-badge';
import { useClusters } from '@/components/data/clusters';
import { ButtonLink } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import type { ClusterView } from '@/lib/contract/clusters';

const columns: readonly Column<ClusterView>[] = [
  {
    id: 'name',
    header: 'Cluster',
    value: (cluster) => cluster.name,
    wide: true,
    cell: (cluster) => (
      <Link href={`/clusters/${cluster.id}`} prefetch={false} className="link font-medium break-words">
        {cluster.name}
      </Link>
    ),
  },
  {
    id: 'environment',
    header: 'Environment',
    value: (cluster) => cluster.environment,
    cell: (cluster) => <EnvironmentBadge of={cluster} />,
  },
  {
    id: 'primary',
    header: 'Primary',
    value: (cluster) => cluster.primary?.name ?? null,
    cell: (cluster) =>
      cluster.primary ? (
        <StatusMark
          status={cluster.primary.caution ? (cluster.primary.reachable ? 'crit' : 'unreachable') : 'ok'}
          word={cluster.primary.name}
        />
      ) : (
        <span className="text-muted">not known</span>
      ),
  },
  { id: 'servers', header: 'Servers', value: (cluster) => cluster.instances.length, unit: 'count' },
  { id: 'crit', header: 'Critical', value: (cluster) => cluster.findings.crit, unit: 'count' },
  { id: 'warn', header: 'Warnings', value: (cluster) => cluster.findings.warn, unit: 'count' },
  { id: 'unknown', header: 'Unknown', value: (cluster) => cluster.findings.unknown, unit: 'count' },
  { id: 'backups', header: 'Backups', value: (cluster) => cluster.backups, unit: 'count' },
  { id: 'schedules', header: 'Schedules', value: (cluster) => cluster.schedules, unit: 'count' },
];

/** All clusters: what is watched and who leads. */
export function ClustersPage({ refusal }: { refusal: string | null }) {
  const clusters = useClusters();
  const add = refusal ? null : (
    <>
      <ButtonLink href="/clusters/new">Add a cluster</ButtonLink>
      <ButtonLink href="/instances/new" look="primary">
        Add a server
      </ButtonLink>
    </>
  );
  return (
    <>
      <PageHeader
        title="Clusters"
        note="A primary and its standbys. Backups, schedules and scorecards belong to the cluster and survive a failover."
        actions={add}
      />
      <Panel title="All clusters" flush>
        <QueryState
          query={clusters}
          lines={6}
          empty={({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={Database} title="No cluster yet" actions={add}>
                {refusal ??
                  'Add the first server: give its address and a login that may read statistics. The form shows the script that makes one.'}
              </EmptyState>
            ) : undefined
          }
        >
          {({ items }) => (
            <DataTable
              id="clusters"
              label="Clusters"
              rows={items}
              columns={columns}
              rowKey={(cluster) => cluster.id}
              href={(cluster) => `/clusters/${cluster.id}`}
              defaultSort="name"
            />
          )}
        </QueryState>
      </Panel>
    </>
  );
}
