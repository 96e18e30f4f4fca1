'use client';

import { useCluster } from '@/components/data/cluster';
import { useRecovery } from '@/components/data/recovery';
import { useStanzaSetup } from '@/components/data/stanza';
import { useUrlState } from '@/components/data/url-state';
import { WindowSentence } from '@/components/recovery/window-words';
import { PlanButton } from '@/components/restore/plan-button';
import { TakePlace } from '@/components/restore/take-place';
import { useRecoveryJobs } from '@/components/restore/use-recovery-jobs';
import { ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Panel } from '@/components/ui/panel';

/** The server is gone: restored beside its old place first, then let into it. */
export function WholeServer({ clusterId }: { clusterId: string }) {
  const { jobFor } = useRecoveryJobs();
  const job = jobFor('cluster');
  if (!job) {
    return (
      <Panel title="Restore the whole cluster">
        <EmptyState
          title="This console cannot restore a whole cluster by itself"
          actions={
            <ButtonLink href={`/clusters/${clusterId}/emergency`}>
              Emergency sheet with the commands
            </ButtonLink>
          }
        >
          Open a copy at the moment that you need to see what can be brought back; the sheet has the exact
          commands for a new machine.
        </EmptyState>
      </Panel>
    );
  }
  return (
    <>
      <NewPlace clusterId={clusterId} />
      <TakePlace clusterId={clusterId} />
    </>
  );
}

/** Beside the old data directory, named by the day: on the same disk, so that it can take the place by a rename. */
function placeBeside(dataDirectory: string | null | undefined): string {
  if (!dataDirectory) return '';
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  return `${dataDirectory.slice(0, dataDirectory.lastIndexOf('/'))}/restored-${day}`;
}

/** Well away from the ports that servers of one machine have beside each other. */
const portsAway = 100;

function NewPlace({ clusterId }: { clusterId: string }) {
  const cluster = useCluster(clusterId);
  const recovery = useRecovery(clusterId, '7d');
  const setup = useStanzaSetup(clusterId);
  const { jobFor } = useRecoveryJobs();
  const job = jobFor('cluster');
  const [directory, setDirectory] = useUrlState('directory');
  const [port, setPort] = useUrlState('port');
  const { primary, instances = [] } = cluster.data ?? {};
  const old = instances.find(({ id }) => id === primary?.instanceId) ?? instances[0];
  const place = directory || placeBeside(setup.data?.stanza?.dataDirectory);
  const onPort = port || (old ? String(old.port + portsAway) : '');
  const missing = [...(place ? [] : ['the new directory']), ...(onPort ? [] : ['the port'])];
  return (
    <Panel
      title="1. Restore it in a new place"
      note="From the repository alone. The old server and its files are not touched."
    >
      <div className="space-y-4">
        {recovery.data ? <WindowSentence recovery={recovery.data} /> : null}
        <p className="max-w-prose text-sm text-muted">
          It is recovered to the latest change that was saved, which is right when a machine is lost.
        </p>
        <div className="grid max-w-2xl gap-3 sm:grid-cols-[3fr_1fr]">
          <Field label="New directory" required hint="Absent or empty, on the disk of the old one.">
            <Input value={place} spellCheck={false} onChange={(event) => setDirectory(event.target.value)} />
          </Field>
          <Field label="Port" required hint="Free on that machine.">
            <Input value={onPort} inputMode="numeric" onChange={(event) => setPort(event.target.value)} />
          </Field>
        </div>
        <PlanButton
          job={job}
          clusterId={clusterId}
          input={{ to: 'latest', directory: place, port: Number(onPort) }}
          missing={missing}
          label="Plan the restore"
        />
        {job ? (
          <ButtonLink
            size="small"
            href={`/jobs/${job.id}?${new URLSearchParams({ clusterId, directory: place, port: onPort })}`}
          >
            Another moment, backup or repository
          </ButtonLink>
        ) : null}
      </div>
    </Panel>
  );
}
