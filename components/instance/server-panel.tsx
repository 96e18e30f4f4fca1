import Link from 'next/link';
import type { ReactNode } from 'react';
import { versionText } from '@/components/fleet/instance-line';
import { Age } from '@/components/ui/age';
import { KeyValue } from '@/components/ui/key-value';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import type { InstanceDetail } from '@/lib/contract/instances';

const tlsWords = {
  'verify-full': 'verify-full: certificate and host name are checked',
  'verify-ca': 'verify-ca: weaker, the host name is not checked',
  require: 'require: weaker, encrypted but nobody checks who answers',
  disable: 'disable: not encrypted',
};

/** What is known about the server itself: address, identity, logins. */
export function ServerPanel({ instance }: { instance: InstanceDetail }) {
  const logins = instance.logins.map((login): readonly [string, ReactNode] => [
    `Login: ${login.purpose}`,
    <span key={login.purpose}>
      {login.user}{' '}
      {login.tested ? (
        <StatusMark
          status={login.tested.ok ? 'pass' : 'fail'}
          word={login.tested.ok ? 'tested' : 'test failed'}
        />
      ) : (
        <StatusMark status="unknown" word="not tested" />
      )}{' '}
      <span className="text-muted">
        <Age at={login.testedAt} never="" />
      </span>
      {login.tested?.missing.map((sentence) => (
        <span key={sentence} className="block text-muted">
          {sentence}
        </span>
      ))}
    </span>,
  ]);
  return (
    <Panel
      id="server"
      title="Server"
      at={instance.factsAt}
      actions={
        <Link href={`/clusters/${instance.clusterId}`} prefetch={false} className="link text-sm">
          Change it on the cluster’s page
        </Link>
      }
    >
      <KeyValue
        items={[
          ['Address', `${instance.host}:${instance.port}, database ${instance.database}`],
          ['TLS', tlsWords[instance.tlsMode]],
          ['PostgreSQL', versionText(instance.serverVersionNum)],
          ['System identifier', instance.systemIdentifier],
          ['Timeline', instance.timeline === null ? null : String(instance.timeline)],
          ['Watched by the pool', instance.pool],
          ...logins,
        ]}
      />
    </Panel>
  );
}
