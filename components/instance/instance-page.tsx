'use client';

import { CircleCheck } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { useFindings } from '@/components/data/findings';
import { useInstanceChecks, useSeries } from '@/components/data/instance';
import { useRange } from '@/components/data/range';
import { AboutCheck } from '@/components/instance/about-check';
import { ChartPanel } from '@/components/instance/chart-panel';
import { CheckTable } from '@/components/instance/check-table';
import { InstanceFrame } from '@/components/instance/instance-frame';
import { ServerPanel } from '@/components/instance/server-panel';
import { StatementsPanel } from '@/components/instance/statements-panel';
import { useRunMarks } from '@/components/instance/use-run-marks';
import { FindingsList } from '@/components/now/findings-list';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { StatusMark } from '@/components/ui/status-mark';
import type { CheckState, InstanceChecks } from '@/lib/contract/checks';
import type { InstanceDetail } from '@/lib/contract/instances';

const sections = [
  ['findings', 'Findings'],
  ['charts', 'Charts'],
  ['lists', 'Lists'],
  ['statements', 'Statements'],
  ['server', 'Server'],
] as const;

type Drawing = { check: CheckState; draw: CheckState['draw'][number]; anchor: boolean };

/** The drawings of all checks that run at this server's role, charts and tables apart. */
function drawingsOf(checks: readonly CheckState[]): { charts: Drawing[]; tables: Drawing[] } {
  const charts: Drawing[] = [];
  const tables: Drawing[] = [];
  for (const check of checks) {
    if (!check.applies) continue;
    check.draw.forEach((draw, index) => {
      (draw.as === 'table' ? tables : charts).push({ check, draw, anchor: index === 0 });
    });
  }
  return { charts, tables };
}

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

/** Panels come after the page: a link to one of them is followed when they are there. */
function useHashOnce(): void {
  useEffect(() => {
    const id = decodeURIComponent(window.location.hash.slice(1));
    if (id) document.getElementById(id)?.scrollIntoView();
  }, []);
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
            <FindingsList findings={data.items} />
          )
        }
      </QueryState>
    </Panel>
  );
}

function Checks({ instance, data }: { instance: InstanceDetail; data: InstanceChecks }) {
  const { id, clusterId } = instance;
  const range = useRange();
  const { charts, tables } = useMemo(() => drawingsOf(data.items), [data.items]);
  const ids = useMemo(() => [...new Set(charts.map(({ check }) => check.id))], [charts]);
  const series = useSeries(id, ids, range);
  const marks = useRunMarks(clusterId);
  const findings = useFindings({ instanceId: id, open: true }).data?.items ?? [];
  useHashOnce();
  const elsewhere = data.items.filter((check) => !check.applies);
  return (
    <>
      <section id="charts" aria-label="Charts" className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
        {series.error && !series.data ? (
          <div className="col-span-full">
            <QueryState query={series}>{() => null}</QueryState>
          </div>
        ) : (
          charts.map(({ check, draw, anchor }) => (
            <ChartPanel
              key={`${check.id}/${draw.title}`}
              check={check}
              draw={draw}
              anchor={anchor}
              series={series.data}
              compareSeconds={range.compareSeconds}
              marks={marks}
              unknown={findings.filter((each) => each.checkId === check.id && each.level === 'unknown')}
            />
          ))
        )}
      </section>
      <section id="lists" aria-label="Lists" className="grid grid-flow-dense gap-3 xl:grid-cols-2">
        {tables.map(({ check, draw, anchor }) => (
          <CheckTable key={`${check.id}/${draw.title}`} check={check} draw={draw} anchor={anchor} />
        ))}
      </section>
      <StatementsPanel instanceId={id} range={range} ownUsers={instance.logins.map((login) => login.user)} />
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
