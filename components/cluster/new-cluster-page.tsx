'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { ClusterFields } from '@/components/cluster/cluster-fields';
import { ApiError, api } from '@/components/data/api';
import { Button } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import type { NewCluster } from '@/lib/contract/clusters';
import { createdSchema } from '@/lib/contract/instances';

/** Adds an empty cluster and goes on to its first server. */
export function NewClusterPage({ refusal }: { refusal: string | null }) {
  const router = useRouter();
  const [draft, setDraft] = useState<NewCluster>({ name: '', environment: 'production' });
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    try {
      const { id } = await api.post('/api/v1/clusters', draft, createdSchema);
      router.push(`/instances/new?clusterId=${id}`);
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  return (
    <>
      <PageHeader title="Add a cluster" note="An empty frame first; its servers come next." />
      <form onSubmit={(event) => void submit(event)} noValidate className="space-y-4">
        <Panel title="Cluster">
          <ClusterFields
            {...draft}
            errors={failure instanceof ApiError ? failure.fields : {}}
            onChange={(change) => setDraft((before) => ({ ...before, ...change }))}
          />
        </Panel>
        <ErrorLine error={failure} />
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" look="primary" busy={busy} disabled={refusal !== null}>
            Add the cluster
          </Button>
          {refusal ? <p className="text-sm text-muted">{refusal}</p> : null}
        </div>
      </form>
    </>
  );
}
