'use client';

import { useMemo } from 'react';
import { useIndexes } from '@/components/data/indexes';
import { useInstanceChecks } from '@/components/data/instance';
import { AdvicePanel } from '@/components/indexes/advice-panel';
import { BareKeys } from '@/components/indexes/bare-keys';
import { IndexTable } from '@/components/indexes/index-table';
import { AboutCheck } from '@/components/instance/about-check';
import { CheckDrawings } from '@/components/instance/check-drawings';
import { pageOf, useAnchor } from '@/components/instance/check-places';
import { InstanceFrame } from '@/components/instance/instance-frame';
import { Banner } from '@/components/ui/banner';
import { CodeBlock } from '@/components/ui/code-block';
import { QueryState } from '@/components/ui/query-state';
import type { InstanceChecks } from '@/lib/contract/checks';
import type { InstanceIndexes } from '@/lib/contract/indexes';
import type { InstanceDetail } from '@/lib/contract/instances';

const sections = [
  ['advice', 'Advice'],
  ['indexes', 'Indexes'],
  ['keys', 'Foreign keys'],
] as const;

/** The indexes of one server: what the workload asks for, what is there and whether anything uses it. */
export function IndexesPage({ id }: { id: string }) {
  return (
    <InstanceFrame id={id} sections={sections} withoutRange>
      {(instance) => <Content instance={instance} />}
    </InstanceFrame>
  );
}

function Content({ instance }: { instance: InstanceDetail }) {
  const query = useIndexes(instance.id);
  const target = useMemo(
    () => ({ clusterId: instance.clusterId, instanceId: instance.id }),
    [instance.clusterId, instance.id],
  );
  return (
    <QueryState query={query} lines={12}>
      {(data) => {
        const cadence = Math.max(0, ...data.readings.map(({ everySeconds }) => everySeconds));
        const oldest = data.readings.map(({ observedAt }) => observedAt).sort()[0] ?? null;
        return (
          <>
            {instance.role === 'standby' ? (
              <Banner tone="info" title="This server is a standby">
                Its usage is shown here; whether an index can go is judged on the primary, over all servers.
              </Banner>
            ) : null}
            <Troubles readings={data.readings} />
            <AdvicePanel data={data} target={target} />
            <Anchors ids={data.checks.onIndexes} />
            <IndexTable data={data} target={target} at={oldest} staleAfterSeconds={cadence * 2.5 + 5} />
            <Anchors ids={data.checks.onKeys} />
            <BareKeys data={data} target={target} />
            <More instance={instance} />
          </>
        );
      }}
    </QueryState>
  );
}

/** A finding links to its check: that is shown by the panel that follows. */
function Anchors({ ids }: { ids: readonly string[] }) {
  return ids.map((id) => <span key={id} id={`check-${id}`} className="-mt-4 scroll-mt-28" />);
}

/** What other checks know of indexes, as they draw it themselves; and what all of them read. */
function More({ instance }: { instance: InstanceDetail }) {
  const checks = useInstanceChecks(instance.id);
  return <QueryState query={checks}>{(data) => <Checks instance={instance} data={data} />}</QueryState>;
}

function Checks({ instance, data }: { instance: InstanceDetail; data: InstanceChecks }) {
  const here = useMemo(() => data.items.filter((check) => pageOf(check) === 'indexes'), [data.items]);
  useAnchor(data.items, instance.id);
  return (
    <>
      <CheckDrawings instance={instance} checks={here} tablesFirst />
      <AboutCheck checks={here} />
    </>
  );
}

/** What could not be read, each reason once, with what mends it. */
function Troubles({ readings }: { readings: InstanceIndexes['readings'] }) {
  const byReason = new Map<string, InstanceIndexes['readings']>();
  for (const reading of readings.filter(({ state }) => state !== 'ok')) {
    const key = `${reading.reason}|${reading.mend}`;
    byReason.set(key, [...(byReason.get(key) ?? []), reading]);
  }
  return [...byReason].map(([key, list]) => (
    <Banner key={key} tone="unknown" title={list[0]?.reason ?? 'The reason is not known.'}>
      {[...new Set(list.map(({ title, database }) => `${title} in ${database}`))].join(', ')}. What is shown
      of them is from before.
      {list[0]?.mend ? <CodeBlock code={list[0].mend} label="What mends it" wrap /> : null}
    </Banner>
  ));
}
