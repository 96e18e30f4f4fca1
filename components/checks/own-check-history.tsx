'use client';

import { MarkLegend } from '@/components/charts/mark-legend';
import { CheckServersPanel } from '@/components/checks/check-servers';
import { useClusters } from '@/components/data/clusters';
import { useFindings } from '@/components/data/findings';
import { useSeries } from '@/components/data/instance';
import { useMarks } from '@/components/data/marks';
import { useCheckServers } from '@/components/data/own-checks';
import { useRange } from '@/components/data/range';
import { useUrlState } from '@/components/data/url-state';
import { ChartPanel } from '@/components/instance/chart-panel';
import { RangeBar } from '@/components/instance/range-bar';
import { FindingsList } from '@/components/now/findings-list';
import { ButtonLink } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Select } from '@/components/ui/select';
import { StatusMark } from '@/components/ui/status-mark';
import type { CheckState } from '@/lib/contract/checks';
import type { OwnCheckDetail } from '@/lib/contract/own-checks';

/** What a check found and how its figures went, on a server of one's choice; also of one that was removed. */
export function OwnCheckHistory({ check }: { check: OwnCheckDetail }) {
  const findings = useFindings({ checkId: check.id, open: false, limit: 50 });
  const servers = useCheckServers(check.id);
  const clusters = useClusters();
  const [chosen, setChosen] = useUrlState('server');
  const choices = (clusters.data?.items ?? []).flatMap((cluster) =>
    cluster.instances
      .filter(({ state }) => state !== 'draft')
      .map(({ id, name }) => ({ value: id, label: `${cluster.name} · ${name}` })),
  );
  const serverId = chosen || choices[0]?.value || '';
  const cluster = clusters.data?.items.find(({ instances }) => instances.some(({ id }) => id === serverId));
  return (
    <>
      {cluster && check.check.keep.includes('series') ? (
        <section aria-label="Figures" className="space-y-2">
          <div className="flex flex-wrap items-end gap-x-4 gap-y-2">
            <Field label="Figures of" required className="min-w-56">
              <Select
                value={serverId}
                options={choices}
                onChange={(event) => setChosen(event.target.value)}
              />
            </Field>
            <RangeBar />
            <MarkLegend clusterId={cluster.id} instanceId={serverId} />
            <ButtonLink href={`/instances/${serverId}#check-${check.id}`} size="small">
              On the server’s page
            </ButtonLink>
          </div>
          <Figures check={check} clusterId={cluster.id} serverId={serverId} />
        </section>
      ) : null}
      {check.removed ? null : (
        <QueryState query={servers} lines={3}>
          {(data) => <CheckServersPanel data={data} />}
        </QueryState>
      )}
      <Panel title="What it found" flush>
        <QueryState query={findings} lines={3}>
          {({ items }) =>
            items.length === 0 ? (
              <p className="px-3 pb-3 text-sm">
                <StatusMark status="ok" word="Nothing so far" />
              </p>
            ) : (
              <FindingsList findings={items} withInstance />
            )
          }
        </QueryState>
      </Panel>
    </>
  );
}

interface FiguresProps {
  check: OwnCheckDetail;
  clusterId: string;
  serverId: string;
}

function Figures({ check, clusterId, serverId }: FiguresProps) {
  const range = useRange();
  const marks = useMarks(clusterId, serverId);
  const series = useSeries(serverId, [check.id], range);
  // Its state on that server stands on the server's page; here are the figures alone.
  const drawn: CheckState = {
    ...check.check,
    ...{ applies: true, level: null, openFindings: 0, hiddenColumns: [], results: [] },
  };
  return (
    <div className="grid gap-3 md:grid-cols-2 xl:grid-cols-3">
      {drawn.draw
        .filter(({ as }) => as !== 'table')
        .map((draw) => (
          <ChartPanel
            key={draw.title}
            check={drawn}
            draw={draw}
            series={series.data}
            compareSeconds={range.compareSeconds}
            marks={marks}
            unknown={[]}
            anchor={false}
          />
        ))}
    </div>
  );
}
