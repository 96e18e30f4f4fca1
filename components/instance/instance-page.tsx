'use client';

import { CircleCheck } from 'lucide-react';
import { useMemo } from 'react';
import { useFindings } from '@/components/data/findings';
import { useInstanceChecks } from '@/components/data/instance';
import { useRange } from '@/components/data/range';
import { AboutCheck } from '@/components/instance/about-check';
import { CheckDrawings } from '@/components/instance/check-drawings';
import { pageOf, useAnchor } from '@/components/instance/check-places';
import { InstanceFrame } from '@/components/instance/instance-frame';
import { ServerPanel } from '@/components/instance/server-panel';
import { FindingsList } from '@/components/now/findings-list';
import { TopQueries } from '@/components/queries/top-queries';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import type { InstanceChecks } from '@/lib/contract/checks';
import type { InstanceDetail } from '@/lib/contract/instances';

const sections = [
  ['findings', 'Findings'],
  ['charts', 'Charts'],
  ['lists', 'Lists'],
  ['statements', 'Queries'],
  ['server', 'Server'],
] as const;

/** One server over a range of time: findings, every check's drawing, statements, the server itself. */
export function InstancePage({ id }: { id: string }) {
  const checks = useInstanceChecks(id);
  return (
    <InstanceFrame id={id} sections={sections}>
      {(detail) => (
        <>
          <Findings id={id} />
          <QueryState query={checks} lines={10}>
            {(data) => <Checks instance={detail} data={data} />}
          </QueryState>
          <ServerPanel instance={detail} />
        </>
      )}
    </InstanceFrame>
  );
}

function Findings({ id }: { id: string }) {
  const findings = useFindings({ instanceId: id, open: true });
  return (
    <Panel id="findings" title="Findings" flush>
      <QueryState query={findings} lines={2}>
        {(data) =>
          data.items.length === 0 ? (
            <p className="px-3 pb-3 text-sm">
              <StatusMark status="ok" word="Nothing is wrong by any check that has run" />
            </p>
          ) : (
            <FindingsList findings={data.items} muteRefusal={data.muteRefusal} />
          )
        }
      </QueryState>
    </Panel>
  );
}

function Checks({ instance, data }: { instance: InstanceDetail; data: InstanceChecks }) {
  const { id } = instance;
  const range = useRange();
  useAnchor(data.items, id);
  const here = useMemo(() => data.items.filter((check) => pageOf(check) === undefined), [data.items]);
  const elsewhere = data.items.filter((check) => !check.applies);
  return (
    <>
      <CheckDrawings instance={instance} checks={here} />
      <TopQueries id={id} range={range} />
      {elsewhere.length > 0 ? (
        <p className="flex items-center gap-1.5 px-1 text-xs text-muted">
          <CircleCheck aria-hidden className="size-3.5" />
          Not asked of a server in this role: {elsewhere.map((check) => check.title).join(', ')}.
        </p>
      ) : null}
      <AboutCheck checks={data.items} />
    </>
  );
}
