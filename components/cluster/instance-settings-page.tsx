'use client';

import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { EditInstance } from '@/components/cluster/edit-instance';
import { HostSettings } from '@/components/cluster/host-settings';
import { RemoveDialog } from '@/components/cluster/remove-dialog';
import { TestPanel } from '@/components/cluster/test-panel';
import { api } from '@/components/data/api';
import { useInstance } from '@/components/data/instance';
import { Button, ButtonLink } from '@/components/ui/button';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusBadge } from '@/components/ui/status-mark';
import { useToast } from '@/components/ui/toast';
import { type InstanceDetail, instanceDetailSchema } from '@/lib/contract/instances';

interface SettingsProps {
  id: string;
  refusal: string | null;
}

/** How the console reaches a server: its test, place, logins and rights. */
export function InstanceSettingsPage({ id, refusal }: SettingsProps) {
  const instance = useInstance(id);
  const data = instance.data;
  return (
    <>
      <PageHeader
        title={data ? `Settings of ${data.name}` : 'Settings'}
        marks={
          data ? (
            <>
              <StatusBadge status={data.state} />
              <Badge>{data.role === 'unknown' ? 'role unknown' : data.role}</Badge>
              <Badge>{data.clusterName}</Badge>
            </>
          ) : null
        }
        actions={
          data ? (
            <>
              <WatchButton instance={data} refusal={refusal} />
              <ButtonLink href={`/instances/${id}`}>Open the server’s page</ButtonLink>
            </>
          ) : null
        }
      />
      <QueryState query={instance} lines={8}>
        {(loaded) => (
          <div className="space-y-4">
            <TestPanel instance={loaded} refusal={refusal} />
            <EditInstance key={loaded.id} instance={loaded} refusal={refusal} />
            <HostSettings instanceId={loaded.id} refusal={refusal} />
            <Removal instance={loaded} refusal={refusal} />
          </div>
        )}
      </QueryState>
    </>
  );
}

function WatchButton({ instance, refusal }: { instance: InstanceDetail; refusal: string | null }) {
  const client = useQueryClient();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  if (instance.state === 'draft') return null;
  const next = instance.state === 'active' ? 'paused' : 'active';
  const change = async () => {
    setBusy(true);
    try {
      await api.post(`/api/v1/instances/${instance.id}/state`, { state: next }, instanceDetailSchema);
      await client.invalidateQueries({ queryKey: [`/api/v1/instances/${instance.id}`] });
    } catch (error) {
      toast({ title: error instanceof Error ? error.message : 'That did not work.', tone: 'crit' });
    }
    setBusy(false);
  };
  return (
    <Button
      busy={busy}
      disabled={refusal !== null}
      title={refusal ?? undefined}
      onClick={() => void change()}
    >
      {next === 'paused' ? 'Pause watching' : 'Watch again'}
    </Button>
  );
}

function Removal({ instance, refusal }: { instance: InstanceDetail; refusal: string | null }) {
  const router = useRouter();
  return (
    <Panel title="Remove" note="The server itself is not touched.">
      <RemoveDialog
        what="instance"
        name={instance.name}
        path={`/api/v1/instances/${instance.id}`}
        refusal={refusal}
        consequences={`${instance.host}:${instance.port} is watched no more and its stored passwords are deleted. Runs, backups and evidence stay with ${instance.clusterName}.`}
        onRemoved={() => router.push(`/clusters/${instance.clusterId}`)}
      />
    </Panel>
  );
}
