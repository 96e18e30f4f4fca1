'use client';

import Link from 'next/link';
import { useMarks } from '@/components/data/marks';
import { useQueryDetail } from '@/components/data/queries';
import { useKeptQuery, useRange } from '@/components/data/range';
import { InstanceFrame } from '@/components/instance/instance-frame';
import { CoverageLine } from '@/components/queries/coverage-line';
import { PlanPanel } from '@/components/queries/plan-panel';
import { QueryCallers } from '@/components/queries/query-callers';
import { QueryCharts } from '@/components/queries/query-charts';
import { blocksOf, grownBy, signedPercent, textOf } from '@/components/queries/query-words';
import { StatementsNotice } from '@/components/queries/statements-notice';
import { Age } from '@/components/ui/age';
import { CodeBlock } from '@/components/ui/code-block';
import { KeyValue } from '@/components/ui/key-value';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { formatBytes, formatNumber, formatValue } from '@/lib/base/format';
import type { InstanceDetail } from '@/lib/contract/instances';
import type { QueryDetail } from '@/lib/contract/queries';

/** One query over the range of the page: what it did, for whom, and how the server would run it. */
export function QueryPage({ id, queryid }: { id: string; queryid: string }) {
  return (
    <InstanceFrame id={id}>{(instance) => <Body instance={instance} queryid={queryid} />}</InstanceFrame>
  );
}

function Body({ instance, queryid }: { instance: InstanceDetail; queryid: string }) {
  const range = useRange();
  const query = useQueryDetail(instance.id, queryid, range);
  const marks = useMarks(instance.clusterId, instance.id);
  const kept = useKeptQuery();
  return (
    <>
      <p className="text-sm">
        <Link href={`/instances/${instance.id}/queries${kept}`} prefetch={false} className="link">
          All queries
        </Link>{' '}
        <span className="text-muted">/ query {queryid}</span>{' '}
        <Link href={`/instances/${instance.id}/indexes#advice`} prefetch={false} className="link ml-3">
          Indexes that the workload asks for
        </Link>
      </p>
      <QueryState query={query} lines={12}>
        {(data) => (
          <>
            <Summary data={data} />
            <QueryCharts query={data} compareSeconds={range.compareSeconds} marks={marks} />
            <PlanPanel instance={instance} query={data} />
            <QueryCallers query={data} />
          </>
        )}
      </QueryState>
    </>
  );
}

function Summary({ data }: { data: QueryDetail }) {
  const { figures, earlier } = data;
  const blocks = blocksOf(figures);
  const change = (now: number, before: number | undefined) => {
    const percent = grownBy(now, before);
    return percent === null ? '' : ` (${signedPercent(percent)})`;
  };
  return (
    <Panel title="Query" at={data.observedAt} staleAfterSeconds={180} flush>
      <div className="flex flex-col gap-3 px-3 pb-3">
        <CodeBlock code={textOf(data)} label="Text of the query" wrap />
        {data.textIsCut ? (
          <p className="text-sm text-muted">The console keeps the first 10,000 characters of a text.</p>
        ) : null}
        {figures.lowerBound ? (
          <p className="text-sm text-muted">
            The server forgot it meanwhile (evicted or reset): the figures are lower bounds.
          </p>
        ) : null}
        <KeyValue
          items={[
            [
              'Time',
              `${formatValue(figures.totalMs, 'milliseconds')}${change(figures.totalMs, earlier?.totalMs)}, ${formatValue(data.sharePercent, 'percent')} of all`,
            ],
            ['Calls', `${formatNumber(figures.calls)}${change(figures.calls, earlier?.calls)}`],
            [
              'Mean',
              `${formatValue(figures.meanMs, 'milliseconds')}${change(figures.meanMs, earlier?.meanMs)}${figures.maxMs === null ? '' : `, longest known ${formatValue(figures.maxMs, 'milliseconds')}`}`,
            ],
            ['Rows per call', formatNumber(figures.calls > 0 ? figures.rows / figures.calls : 0)],
            [
              'Blocks',
              blocks > 0
                ? `${formatNumber(blocks / Math.max(1, figures.calls))} per call, ${formatValue((100 * figures.sharedHit) / blocks, 'percent')} found in cache, ${formatNumber(figures.sharedDirtied)} dirtied`
                : 'none asked for',
            ],
            [
              'Temporary blocks, WAL',
              `${formatNumber(figures.tempWritten)}, ${formatBytes(figures.walBytes)}`,
            ],
            [
              'First and last seen',
              <span key="seen">
                <Age at={data.firstAt} />, <Age at={data.lastAt} />
              </span>,
            ],
          ]}
        />
      </div>
      <CoverageLine coverage={data.coverage} />
      <StatementsNotice of={data} />
    </Panel>
  );
}
