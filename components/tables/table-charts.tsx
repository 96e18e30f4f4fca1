import { useMemo } from 'react';
import type { ChartMark } from '@/components/charts/marks';
import { TimeChart } from '@/components/charts/time-chart';
import { drawnLines } from '@/components/instance/check-lines';
import { CheckTitle } from '@/components/instance/check-title';
import { Panel } from '@/components/ui/panel';
import type { CheckState } from '@/lib/contract/checks';
import type { TableDetail } from '@/lib/contract/tables';

interface TableChartsProps {
  checks: readonly CheckState[];
  data: TableDetail;
  marks: readonly ChartMark[];
  onRange: (from: number, to: number) => void;
}

type Draw = CheckState['draw'][number];

/** What is drawn of one table: part of the page, and the columns of the check that feeds it. */
const drawings: readonly (Draw & { part: string })[] = [
  {
    part: 'tables.sizes',
    as: 'stacked',
    title: 'Size',
    columns: ['heap_bytes', 'toast_bytes', 'index_bytes'],
  },
  { part: 'tables.sizes', as: 'line', title: 'Live and dead rows', columns: ['live_rows', 'dead_rows'] },
  { part: 'tables.rates', as: 'line', title: 'Hit rates', columns: ['table_hit_rate', 'index_hit_rate'] },
  { part: 'tables.rates', as: 'line', title: 'Scans per second', columns: ['seq_scans', 'index_scans'] },
  {
    part: 'tables.rates',
    as: 'line',
    title: 'Rows written per second',
    columns: ['inserted', 'updated', 'hot_updated', 'deleted'],
  },
];

/** Size, dead rows, hit rates, scans and writes of one table over the page's range. */
export function TableCharts({ checks, data, marks, onRange }: TableChartsProps) {
  return (
    <section id="charts" aria-label="Charts" className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
      {drawings.map((draw) => {
        const check = checks.find(({ feeds }) => feeds === draw.part);
        return check ? (
          <Chart key={draw.title} check={check} draw={draw} data={data} marks={marks} onRange={onRange} />
        ) : null;
      })}
    </section>
  );
}

function Chart({
  check,
  draw,
  data,
  marks,
  onRange,
}: Omit<TableChartsProps, 'checks'> & { check: CheckState; draw: Draw }) {
  const series = data.series.find((each) => each.check === check.id);
  // The page is about one table: its name on every line would say nothing.
  const nameless = useMemo(
    () =>
      series && { ...series, series: series.series.map((each) => ({ ...each, database: null, key: {} })) },
    [series],
  );
  const drawn = useMemo(() => drawnLines(check, draw, nameless), [check, draw, nameless]);
  return (
    <Panel
      level={3}
      title={<CheckTitle check={check} title={draw.title} />}
      at={series?.newestAt ?? null}
      staleAfterSeconds={check.everySeconds * 2.5 + 5}
    >
      {drawn.lines.length === 0 ? (
        <p className="py-8 text-center text-sm text-muted">
          {series && series.series.length > 0
            ? 'Nothing was asked for in this window, so there is nothing to divide.'
            : `No figures in this window: of each database only the ${check.maxSeries?.count ?? ''} largest or busiest tables are kept over time.`}
        </p>
      ) : (
        <TimeChart
          id={`table.${draw.title.replace(/\W+/g, '-').toLowerCase()}`}
          title={draw.title}
          as={draw.as === 'stacked' ? 'stacked' : 'line'}
          unit={drawn.unit}
          lines={drawn.lines}
          from={Date.parse(data.from)}
          to={Date.parse(data.to)}
          stepMs={(series?.stepSeconds ?? check.everySeconds) * 1000}
          marks={marks}
          onRange={onRange}
        />
      )}
    </Panel>
  );
}
