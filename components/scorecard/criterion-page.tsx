'use client';

import { useCriterion } from '@/components/data/scorecard';
import { EvidenceLinks } from '@/components/scorecard/evidence-links';
import { cellValue, domainWords, levelWords } from '@/components/scorecard/words';
import { Age, Moment } from '@/components/ui/age';
import { ButtonLink } from '@/components/ui/button';
import { type Column, DataTable } from '@/components/ui/data-table';
import { KeyValue } from '@/components/ui/key-value';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusBadge, StatusMark } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import type { CriterionDetail } from '@/lib/contract/scorecard';

type HistoryEntry = CriterionDetail['history'][number];

/** One criterion of one cluster: the figure against the objective, the evidence, and what it was before. */
export function CriterionPage({ clusterId, criterionId }: { clusterId: string; criterionId: string }) {
  const query = useCriterion(clusterId, criterionId);
  const data = query.data;
  return (
    <>
      <PageHeader
        title={data ? `${data.criterion.title} of ${data.cluster.name}` : 'Criterion'}
        marks={data ? <StatusBadge status={data.cell.state} /> : null}
        note={data?.criterion.why}
        actions={<ButtonLink href={`/scorecard/${clusterId}`}>Whole scorecard</ButtonLink>}
      />
      <QueryState query={query} lines={8}>
        {(detail) => (
          <div className="space-y-4">
            <Verdict {...detail} />
            <Panel
              title="What it was"
              note="A line per change of the verdict or of its evidence, newest first."
              flush
            >
              <History {...detail} />
            </Panel>
          </div>
        )}
      </QueryState>
    </>
  );
}

function Verdict({ cluster, criterion, cell }: CriterionDetail) {
  return (
    <div className="grid gap-4 lg:grid-cols-[3fr_2fr]">
      <Panel title="Verdict" at={cell.confirmedAt} staleAfterSeconds={300}>
        <div className="space-y-3">
          <div className="flex flex-wrap items-baseline gap-x-3">
            <span className="text-xl font-semibold">
              {cellValue(criterion, cell) || <StatusMark status={cell.state} />}
            </span>
            <span className="text-sm text-muted">objective: {criterion.objective}</span>
          </div>
          <p className="max-w-prose">{cell.sentence}</p>
          <KeyValue
            items={[
              ['Observed', <Age key="o" at={cell.observedAt} never="nothing observed yet" />],
              [
                cell.state === 'stale' ? 'Expired' : 'Expires',
                cell.expiresAt ? <Age key="e" at={cell.expiresAt} /> : 'without evidence nothing can expire',
              ],
              ['So since', <Moment key="s" at={cell.since} />],
            ]}
          />
          {criterion.earnedBy ? (
            <ButtonLink
              look={cell.state === 'pass' ? 'plain' : 'primary'}
              href={`/jobs/${criterion.earnedBy.job}?clusterId=${cluster.id}`}
            >
              {criterion.earnedBy.title}
            </ButtonLink>
          ) : null}
        </div>
      </Panel>
      <div className="space-y-4">
        <Panel title="Evidence" note="What the verdict rests on.">
          <EvidenceLinks links={cell.links} />
        </Panel>
        <Panel title="The criterion">
          <KeyValue
            items={[
              ['Domain', domainWords[criterion.domain]],
              [
                'Level',
                <span key="l" className="flex gap-1">
                  {levelWords[criterion.level]} {criterion.redLine ? <Badge>red line</Badge> : null}
                </span>,
              ],
              ['Evidence lasts', formatDuration(criterion.expiresAfterSeconds)],
              ['Version of the rule', String(criterion.version)],
            ]}
          />
        </Panel>
      </div>
    </div>
  );
}

function History({ criterion, history }: CriterionDetail) {
  const columns: Column<HistoryEntry>[] = [
    { id: 'from', header: 'Since', value: ({ from }) => from, cell: ({ from }) => <Moment at={from} /> },
    {
      id: 'state',
      header: 'State',
      value: ({ state }) => state,
      cell: ({ state }) => <StatusMark status={state} />,
    },
    {
      id: 'value',
      header: 'Value',
      value: ({ value }) => value,
      align: 'right',
      cell: (entry) => cellValue(criterion, entry) || '–',
    },
    { id: 'sentence', header: 'Why', value: ({ sentence }) => sentence, wide: true },
    {
      id: 'evidence',
      header: 'Evidence',
      value: ({ links }) => links.map(({ label }) => label).join(', '),
      cell: ({ links }) => (
        <div className="min-w-56">
          <EvidenceLinks links={links} most={2} />
        </div>
      ),
    },
    { id: 'version', header: 'Rule', value: ({ definitionVersion }) => definitionVersion, hidden: true },
  ];
  return (
    <DataTable
      id="history"
      label="History of the criterion"
      rows={history}
      columns={columns}
      rowKey={({ from }) => from}
      empty={<p className="px-3 pb-3 text-sm text-muted">Not judged yet: a worker does it once a minute.</p>}
    />
  );
}
