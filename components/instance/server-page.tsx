'use client';

import { useMemo } from 'react';
import { useInstanceChecks } from '@/components/data/instance';
import { AboutCheck } from '@/components/instance/about-check';
import { CheckDrawings } from '@/components/instance/check-drawings';
import { pageOf, useAnchor } from '@/components/instance/check-places';
import { InstanceFrame } from '@/components/instance/instance-frame';
import { ServerPanel } from '@/components/instance/server-panel';
import { QueryState } from '@/components/ui/query-state';
import type { InstanceChecks } from '@/lib/contract/checks';
import type { InstanceDetail } from '@/lib/contract/instances';

const sections = [
  ['lists', 'Settings'],
  ['charts', 'Machine and WAL'],
  ['server', 'Logins'],
] as const;

/** One server by itself: version and support, settings with advice, extensions, archiving, WAL and writing. */
export function ServerPage({ id }: { id: string }) {
  const checks = useInstanceChecks(id);
  return (
    <InstanceFrame id={id} sections={sections}>
      {(detail) => (
        <>
          <QueryState query={checks} lines={10}>
            {(data) => <ServerChecks instance={detail} data={data} />}
          </QueryState>
          <ServerPanel instance={detail} />
        </>
      )}
    </InstanceFrame>
  );
}

function ServerChecks({ instance, data }: { instance: InstanceDetail; data: InstanceChecks }) {
  const here = useMemo(
    () =>
      data.items
        .filter((check) => pageOf(check) === 'server')
        .sort((left, right) => place(left.feeds) - place(right.feeds)),
    [data.items],
  );
  useAnchor(data.items, instance.id);
  return (
    <>
      <CheckDrawings instance={instance} checks={here} tablesFirst />
      <AboutCheck checks={here} />
    </>
  );
}

/** What a person asks first stands first. */
const order = [
  'version',
  'disks',
  'pending',
  'settings',
  'archive',
  'extensions',
  'collations',
  'checksums',
  'processors',
  'memory',
  'wal',
];

function place(feeds: string | null): number {
  const at = order.indexOf(feeds?.slice('server.'.length) ?? '');
  return at < 0 ? order.length : at;
}
