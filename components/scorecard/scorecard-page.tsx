'use client';

import { ClipboardCheck } from 'lucide-react';
import Link from 'next/link';
import { useScorecard } from '@/components/data/scorecard';
import { ExportMenu } from '@/components/scorecard/export-menu';
import { JudgedBanner } from '@/components/scorecard/judged-banner';
import { ScorecardLegend } from '@/components/scorecard/legend';
import { ScorecardMatrix } from '@/components/scorecard/matrix';
import { LevelBadge, ScoreBar, ScoreCounts } from '@/components/scorecard/score';
import { ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge } from '@/components/ui/status-mark';
import type { Scorecard } from '@/lib/contract/scorecard';

/** Readiness of everything: clusters × criteria, the least proven first. */
export function ScorecardPage() {
  const query = useScorecard();
  return (
    <>
      <PageHeader
        title="Scorecard"
        note="Is it ready? Each mark is measured and opens its evidence; what is not measured is unknown, never green."
        actions={
          query.data ? (
            <ExportMenu
              name="all"
              at={query.data.at}
              criteria={query.data.criteria}
              clusters={query.data.clusters}
            />
          ) : null
        }
      />
      <QueryState
        query={query}
        lines={8}
        empty={(data) => (data.clusters.length === 0 ? <NoClusters /> : undefined)}
      >
        {(data) => (
          <div className="space-y-4">
            <JudgedBanner cells={data.clusters.flatMap(({ cells }) => cells)} />
            <Totals scorecard={data} />
            <Panel
              title="Clusters by criterion"
              note="The least proven first. A cell opens the figure, the objective and the evidence."
              at={data.at}
              flush
            >
              <ClusterCards clusters={data.clusters} />
              <ScorecardMatrix {...data} />
            </Panel>
            <Panel title="What the marks mean" flush>
              <ScorecardLegend />
            </Panel>
          </div>
        )}
      </QueryState>
    </>
  );
}

function Totals({ scorecard }: { scorecard: Scorecard }) {
  const { clusters } = scorecard;
  const sum = (state: 'pass' | 'fail' | 'stale' | 'unknown') =>
    clusters.reduce((total, { score }) => total + score.counts[state], 0);
  const applicable = sum('pass') + sum('fail') + sum('stale') + sum('unknown');
  const numbers: [string, string][] = [
    ['proven', applicable === 0 ? '–' : `${Math.floor((100 * sum('pass')) / applicable)} %`],
    ['failing', String(sum('fail'))],
    ['stale', String(sum('stale'))],
    ['unknown', String(sum('unknown'))],
    [
      'clusters at a level',
      `${clusters.filter(({ score }) => score.level !== null).length} of ${clusters.length}`,
    ],
  ];
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-5">
      {numbers.map(([label, value]) => (
        <div key={label} className="flex flex-col-reverse bg-surface px-3 py-2 last:max-sm:col-span-2">
          <dt className="text-sm text-muted">{label}</dt>
          <dd className="text-xl font-semibold">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** On a phone a matrix is a keyhole: there each cluster is a line with its counts. */
function ClusterCards({ clusters }: Pick<Scorecard, 'clusters'>) {
  return (
    <ul className="sm:hidden print:hidden">
      {clusters.map(({ cluster, score }) => (
        <li key={cluster.id} className="space-y-1 border-t px-3 py-2">
          <div className="flex flex-wrap items-center gap-2">
            <Link href={`/scorecard/${cluster.id}`} prefetch={false} className="link font-medium">
              {cluster.name}
            </Link>
            <Badge>{cluster.environment}</Badge>
            <LevelBadge score={score} />
          </div>
          <p className="text-xs text-muted">{score.sentence}</p>
          <ScoreBar score={score} />
          <ScoreCounts score={score} />
        </li>
      ))}
    </ul>
  );
}

function NoClusters() {
  return (
    <Panel title="Nothing to judge yet">
      <EmptyState
        icon={ClipboardCheck}
        title="No cluster is watched"
        actions={
          <ButtonLink href="/clusters" look="primary">
            Add a cluster
          </ButtonLink>
        }
      >
        Add one and give its watch login: within a minute the first criteria are judged. Backups and drills
        earn the rest.
      </EmptyState>
    </Panel>
  );
}
