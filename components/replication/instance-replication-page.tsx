'use client';

import Link from 'next/link';
import { useReplication } from '@/components/data/replication';
import { InstanceFrame } from '@/components/instance/instance-frame';
import { ReplicationChecks } from '@/components/replication/replication-page';
import { StateAdvice } from '@/components/replication/state-advice';
import { classWords, lagSourceText, lagText, statusOf, wordOf } from '@/components/replication/words';
import { KeyValue } from '@/components/ui/key-value';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import { formatBytes, formatDuration } from '@/lib/base/format';
import type { InstanceDetail } from '@/lib/contract/instances';
import type { ReplicationServer } from '@/lib/contract/replication';

/** Replication as one server has it: its row of the truth table when it is a standby, whom it feeds, its slots. */
export function InstanceReplicationPage({ id }: { id: string }) {
  return (
    <InstanceFrame id={id}>
      {(instance) => (
        <>
          <OwnState instance={instance} />
          <ReplicationChecks id={id} clusterId={instance.clusterId} />
        </>
      )}
    </InstanceFrame>
  );
}

function OwnState({ instance }: { instance: InstanceDetail }) {
  const replication = useReplication(instance.clusterId);
  const whole = (
    <Link href={`/clusters/${instance.clusterId}/replication`} prefetch={false} className="link text-sm">
      The whole cluster
    </Link>
  );
  const own = replication.data?.servers.find(({ instanceId }) => instanceId === instance.id);
  return (
    <>
      <Panel title="Its place" at={own?.observedAt ?? undefined} staleAfterSeconds={25} actions={whole}>
        <QueryState query={replication} lines={3}>
          {() => (own?.standby ? <Standby server={own} /> : <p className="text-sm">{placeOf(own)}</p>)}
        </QueryState>
      </Panel>
      {own ? <StateAdvice servers={[own]} /> : null}
    </>
  );
}

function placeOf(own: ReplicationServer | undefined): string {
  if (own?.role === 'primary') return 'It is the primary: whom it feeds stands below.';
  if (own?.role === 'standby')
    return 'It is a standby and was not read yet: the first answer comes within seconds.';
  return 'Its role is not known yet.';
}

function Standby({ server }: { server: ReplicationServer }) {
  const facts = server.standby;
  if (!facts) return null;
  const bytes = (value: number | null) => (value === null ? 'not known' : formatBytes(value));
  return (
    <KeyValue
      items={[
        ['State', <StatusMark key="state" status={statusOf(server)} word={wordOf(server)} />],
        ['What was seen', facts.says],
        ['Fed by', facts.fedBy],
        [
          'Behind',
          `${bytes(facts.behindBytes)}: not sent ${bytes(facts.unsentBytes)}, not received ${bytes(facts.inFlightBytes)}, not replayed ${bytes(facts.unreplayedBytes)}`,
        ],
        ['Behind at most', `${lagText(facts)} (${lagSourceText(facts)})`],
        [
          'Positions',
          facts.apartSeconds === null
            ? 'the primary was not read'
            : `read ${formatDuration(facts.apartSeconds)} apart`,
        ],
        ...server.reads.map(
          (read) =>
            [
              `Serves ${classWords[read.class].title.toLowerCase()}`,
              read.ready ? 'yes' : `no: ${read.reason}`,
            ] as const,
        ),
      ]}
    />
  );
}
