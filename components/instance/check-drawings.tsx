'use client';

import { useMemo } from 'react';
import { useFindings } from '@/components/data/findings';
import { useSeries } from '@/components/data/instance';
import { useMarks } from '@/components/data/marks';
import { useRange } from '@/components/data/range';
import { ChartPanel } from '@/components/instance/chart-panel';
import { CheckTable } from '@/components/instance/check-table';
import { QueryState } from '@/components/ui/query-state';
import type { CheckState } from '@/lib/contract/checks';
import type { InstanceDetail } from '@/lib/contract/instances';

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

interface CheckDrawingsProps {
  instance: Pick<InstanceDetail, 'id' | 'clusterId'>;
  checks: readonly CheckState[];
  /** Where the lists say more than the charts. */
  tablesFirst?: boolean;
}

/** What these checks draw of one instance over the page's range. */
export function CheckDrawings({ instance, checks, tablesFirst }: CheckDrawingsProps) {
  const { id, clusterId } = instance;
  const range = useRange();
  const { charts, tables } = useMemo(() => drawingsOf(checks), [checks]);
  const ids = useMemo(() => [...new Set(charts.map(({ check }) => check.id))], [charts]);
  const series = useSeries(id, ids, range);
  const marks = useMarks(clusterId, id);
  const findings = useFindings({ instanceId: id, open: true }).data?.items ?? [];
  const unknownOf = (check: CheckState) =>
    findings.filter((each) => each.checkId === check.id && each.level === 'unknown');
  const drawn = (
    <section
      key="charts"
      id="charts"
      aria-label="Charts"
      className="grid gap-3 md:grid-cols-2 xl:grid-cols-3"
    >
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
            unknown={unknownOf(check)}
          />
        ))
      )}
    </section>
  );
  const listed = (
    <section key="lists" id="lists" aria-label="Lists" className="grid grid-flow-dense gap-3 xl:grid-cols-2">
      {tables.map(({ check, draw, anchor }) => (
        <CheckTable
          key={`${check.id}/${draw.title}`}
          check={check}
          draw={draw}
          anchor={anchor}
          unknown={unknownOf(check)}
        />
      ))}
    </section>
  );
  return <>{tablesFirst ? [listed, drawn] : [drawn, listed]}</>;
}
