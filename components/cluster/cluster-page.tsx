'use client';

import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { ClusterServers } from '@/components/cluster/cluster-servers';
import { EnvironmentBadge } from '@/components/cluster/environment-badge';
import { RemoveDialog } from '@/components/cluster/remove-dialog';
import { RenameCluster } from '@/components/cluster/rename-cluster';
import { useCluster } from '@/components/data/cluster';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import type { ClusterView } from '@/lib/contract/clusters';

interface ClusterPageProps {
  id: string;
  refusal: string | null;
}

/** One cluster: its servers, who leads, what is open, and the ways to its history. */
export function ClusterPage({ id, refusal }: ClusterPageProps) {
  const cluster = useCluster(id);
  const data = cluster.data;
  return (
    <>
      <PageHeader
        title={data?.name ?? 'Cluster'}
        marks={data ? <EnvironmentBadge of={data} /> : null}
        actions={
          data ? (
            <>
              <ButtonLink href={`/clusters/${id}/restore`}>Restore</ButtonLink>
              <ButtonLink href={`/clusters/${id}/recovery`}>Recovery</ButtonLink>
              <ButtonLink href={`/clusters/${id}/replication`}>Replication</ButtonLink>
              <ButtonLink href={`/scorecard/${id}`}>Scorecard</ButtonLink>
              <ButtonLink href={`/jobs?clusterId=${id}`}>Start a job</ButtonLink>
              {refusal ? null : (
                <ButtonLink href={`/instances/new?clusterId=${id}`} look="primary">
                  Add a server
                </ButtonLink>
              )}
            </>
          ) : null
        }
      />
      <QueryState query={cluster} lines={8}>
        {(loaded) => <Loaded cluster={loaded} refusal={refusal} />}
      </QueryState>
    </>
  );
}

function Loaded({ cluster, refusal }: { cluster: ClusterView; refusal: string | null }) {
  const router = useRouter();
  const { primary, findings } = cluster;
  return (
    <div className="space-y-4">
      {primary?.caution ? (
        <Banner tone="crit" title={primary.reachable ? 'Two primaries' : 'The primary does not answer'}>
          {primary.caution}{' '}
          {primary.reachable ? null : (
            <Link className="link" href={`/clusters/${cluster.id}/restore`} prefetch={false}>
              It is gone: restore it
            </Link>
          )}
        </Banner>
      ) : null}
      <ClusterServers cluster={cluster} refusal={refusal} />
      <Panel title="State and history">
        <ul className="flex flex-wrap items-center gap-x-6 gap-y-2 text-sm">
          <li>
            <a className="link" href={`/findings?clusterId=${cluster.id}`}>
              Findings
            </a>{' '}
            {findings.crit + findings.warn + findings.unknown === 0 ? (
              <StatusMark status="ok" word="nothing open" />
            ) : (
              <span className="inline-flex flex-wrap items-center gap-x-2 align-bottom">
                {findings.crit > 0 ? <StatusMark status="crit" word={`${findings.crit} critical`} /> : null}
                {findings.warn > 0 ? <StatusMark status="warn" word={`${findings.warn} warnings`} /> : null}
                {findings.unknown > 0 ? (
                  <StatusMark status="unknown" word={`${findings.unknown} unknown`} />
                ) : null}
              </span>
            )}
          </li>
          <li>
            <a className="link" href={`/backups?clusterId=${cluster.id}`}>
              Backups
            </a>{' '}
            {cluster.backups}
          </li>
          <li>
            <a className="link" href={`/schedules?clusterId=${cluster.id}`}>
              Schedules
            </a>{' '}
            {cluster.schedules}
          </li>
          <li>
            <a className="link" href={`/runs?clusterId=${cluster.id}`}>
              Runs
            </a>
          </li>
          <li className="text-muted">
            System identifier{' '}
            <code className="font-mono text-xs">
              {cluster.systemIdentifier ?? 'known after the first test'}
            </code>
          </li>
        </ul>
      </Panel>
      <Panel title="Settings" note="History stays with the cluster under any name.">
        <div className="flex flex-wrap items-start gap-3">
          <RenameCluster key={cluster.id} cluster={cluster} refusal={refusal} />
          <RemoveDialog
            what="cluster"
            name={cluster.name}
            path={`/api/v1/clusters/${cluster.id}`}
            refusal={refusal}
            consequences={`Its ${cluster.instances.length} servers are watched no more, their stored passwords are deleted and ${cluster.schedules} schedules end. Runs, evidence and the files of ${cluster.backups} backups stay.`}
            onRemoved={() => router.push('/clusters')}
          />
        </div>
      </Panel>
    </div>
  );
}
