'use client';

import { useMemo } from 'react';
import { useInstanceChecks } from '@/components/data/instance';
import { useTables } from '@/components/data/tables';
import { AboutCheck } from '@/components/instance/about-check';
import { CheckDrawings } from '@/components/instance/check-drawings';
import { CheckNotice } from '@/components/instance/check-notice';
import { pageOf, useAnchor } from '@/components/instance/check-places';
import { CheckTitle } from '@/components/instance/check-title';
import { InstanceFrame } from '@/components/instance/instance-frame';
import { TablesPanel } from '@/components/tables/tables-panel';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import type { CheckState, InstanceChecks } from '@/lib/contract/checks';
import type { InstanceDetail } from '@/lib/contract/instances';

const sections = [
  ['tables', 'Tables'],
  ['lists', 'Vacuum, sequences, partitions'],
  ['charts', 'Wraparound and workers'],
] as const;

/** What holds back vacuum is asked first, then what it has to do. */
const order = ['horizon', 'vacuums', 'freeze', 'advice', 'bloat', 'sequences', 'partitions', 'keyless'];

function place({ feeds }: CheckState): number {
  const at = order.indexOf(feeds?.slice('tables.'.length) ?? '');
  return at < 0 ? order.length : at;
}

/** All tables of a server, and below what vacuum does, what holds it back, sequences, partitions and keys. */
export function TablesPage({ id }: { id: string }) {
  const tables = useTables(id);
  const checks = useInstanceChecks(id);
  return (
    <InstanceFrame id={id} sections={sections}>
      {(detail) => (
        <>
          <QueryState query={tables} lines={12}>
            {(data) => <TablesPanel instance={detail} data={data} />}
          </QueryState>
          <QueryState query={checks} lines={10}>
            {(data) => <TableChecks instance={detail} data={data} />}
          </QueryState>
        </>
      )}
    </InstanceFrame>
  );
}

function TableChecks({ instance, data }: { instance: InstanceDetail; data: InstanceChecks }) {
  const here = useMemo(
    () =>
      data.items
        .filter((check) => pageOf(check) === 'tables')
        .sort((left, right) => place(left) - place(right)),
    [data.items],
  );
  useAnchor(data.items, instance.id);
  const listed = here.filter((check) => check.applies && check.draw.length === 0);
  return (
    <>
      <Panel title="What the list is made of" level={3}>
        <ul className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
          {listed.map((check) => (
            <li key={check.id} id={`check-${check.id}`}>
              <CheckTitle check={check} title={check.title} />
              <CheckNotice check={check} />
            </li>
          ))}
        </ul>
      </Panel>
      <CheckDrawings instance={instance} checks={here} tablesFirst />
      <AboutCheck checks={here} />
    </>
  );
}
