'use client';

import { useState } from 'react';
import { useStanzaSetup } from '@/components/data/stanza';
import { DescribeForm } from '@/components/recovery-setup/describe-form';
import { DescribedPanel } from '@/components/recovery-setup/described-panel';
import { NextSteps } from '@/components/recovery-setup/next-steps';
import { PassesDialog } from '@/components/recovery-setup/passes-dialog';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import { QueryState } from '@/components/ui/query-state';
import { Badge } from '@/components/ui/status-mark';
import type { StanzaMade, StanzaSetup } from '@/lib/contract/stanzas';

interface RecoverySetupPageProps {
  id: string;
  refusal: string | null;
}

/** Where a cluster's physical backups go, and how they begin. */
export function RecoverySetupPage({ id, refusal }: RecoverySetupPageProps) {
  const query = useStanzaSetup(id);
  const data = query.data;
  const [passes, setPasses] = useState<StanzaMade['passes']>([]);
  return (
    <>
      <PageHeader
        title={data ? `Physical backups of ${data.cluster.name}` : 'Physical backups'}
        marks={data ? <Badge>{data.cluster.environment}</Badge> : null}
        note="A backup of the whole server and all WAL since: any second after it can be brought back."
        actions={
          <>
            <ButtonLink href={`/clusters/${id}`}>Cluster</ButtonLink>
            <ButtonLink href={`/clusters/${id}/recovery`}>Recovery</ButtonLink>
            <ButtonLink href="/admin/storages">Storages</ButtonLink>
          </>
        }
      />
      <PassesDialog passes={passes} onClose={() => setPasses([])} />
      <QueryState query={query} lines={8}>
        {(loaded) => <Loaded setup={loaded} refusal={refusal} onMade={setPasses} />}
      </QueryState>
    </>
  );
}

interface LoadedProps {
  setup: StanzaSetup;
  refusal: string | null;
  onMade: (passes: StanzaMade['passes']) => void;
}

function Loaded({ setup, refusal, onMade }: LoadedProps) {
  const { cluster, stanza, workerBeside } = setup;
  return (
    <div className="space-y-4">
      {workerBeside === null ? (
        <Banner tone="warn" title="No worker was proven to run beside the primary">
          pgBackRest reads the server’s files, so it runs on its machine, as their owner. Start a worker there
          and name the host in PLUMBLINE_HOSTS.
        </Banner>
      ) : null}
      {stanza ? (
        <>
          <DescribedPanel clusterId={cluster.id} stanza={stanza} refusal={refusal} onMade={onMade} />
          <NextSteps setup={setup} stanza={stanza} />
        </>
      ) : (
        <DescribeForm clusterId={cluster.id} clusterName={cluster.name} refusal={refusal} onMade={onMade} />
      )}
    </div>
  );
}
