'use client';

import Link from 'next/link';
import { useClusterScorecard } from '@/components/data/scorecard';
import { EvidenceLinks } from '@/components/scorecard/evidence-links';
import { ExportMenu } from '@/components/scorecard/export-menu';
import { JudgedBanner } from '@/components/scorecard/judged-banner';
import { ScorecardLegend } from '@/components/scorecard/legend';
import { LevelBadge, ScoreBar, ScoreCounts } from '@/components/scorecard/score';
import { cellValue, criterionHref, domainWords, levelWords } from '@/components/scorecard/words';
import { Age, Moment } from '@/components/ui/age';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusMark } from '@/components/ui/status-mark';
import type { CriterionInfo, ScorecardCell } from '@/lib/contract/scorecard';

/** One cluster's readiness, one domain below the other; made for the screen and for A4. */
export function ClusterScorecardPage({ clusterId }: { clusterId: string }) {
  const query = useClusterScorecard(clusterId);
  const data = query.data;
  return (
    <>
      <PageHeader
        title={data ? `Scorecard of ${data.cluster.name}` : 'Scorecard'}
        marks={
          data ? (
            <>
              <Badge>{data.cluster.environment}</Badge>
              <LevelBadge score={data.score} />
            </>
          ) : null
        }
        note={data?.score.sentence}
        actions={
          data ? (
            <ExportMenu name={data.cluster.name} at={data.at} criteria={data.criteria} clusters={[data]} />
          ) : null
        }
      />
      <QueryState query={query} lines={10}>
        {({ at, score, criteria, cells }) => (
          <div className="space-y-4 print:space-y-2">
            <JudgedBanner cells={cells} />
            <div className="space-y-1.5">
              <ScoreCounts score={score} />
              <ScoreBar score={score} />
              <p className="hidden text-xs text-muted print:block">
                As of <Moment at={at} /> ({new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC)
              </p>
            </div>
            {[...new Set(criteria.map(({ domain }) => domain))].map((domain) => (
              <Panel key={domain} title={domainWords[domain]} flush className="print:break-inside-avoid">
                <ul>
                  {criteria
                    .filter((criterion) => criterion.domain === domain)
                    .map((criterion) => (
                      <CriterionRow
                        key={criterion.id}
                        clusterId={clusterId}
                        criterion={criterion}
                        cell={cells.find((cell) => cell.criterionId === criterion.id)}
                      />
                    ))}
                </ul>
              </Panel>
            ))}
            <Panel title="What the marks mean" flush className="print:break-inside-avoid">
              <ScorecardLegend />
            </Panel>
          </div>
        )}
      </QueryState>
    </>
  );
}

interface CriterionRowProps {
  clusterId: string;
  criterion: CriterionInfo;
  cell: ScorecardCell | undefined;
}

function CriterionRow({ clusterId, criterion, cell }: CriterionRowProps) {
  if (!cell) return null;
  return (
    <li
      data-criterion={criterion.id}
      data-state={cell.state}
      className="grid gap-x-4 gap-y-1 border-t px-3 py-2 sm:grid-cols-[8rem_1fr] lg:grid-cols-[8rem_1fr_18rem] print:grid-cols-[7rem_1fr_14rem] print:break-inside-avoid print:py-1"
    >
      <div>
        <StatusMark status={cell.state} />
        <p className="text-sm font-medium">{cellValue(criterion, cell)}</p>
      </div>
      <div className="min-w-0">
        <h3 className="flex flex-wrap items-center gap-x-2">
          <Link href={criterionHref(clusterId, criterion.id)} prefetch={false} className="link font-medium">
            {criterion.title}
          </Link>
          <span className="text-sm text-muted">{criterion.objective}</span>
          <Badge>{levelWords[criterion.level]}</Badge>
          {criterion.redLine ? <Badge>red line</Badge> : null}
        </h3>
        <p className="max-w-prose text-sm">{cell.sentence}</p>
        <p className="text-xs text-muted">
          {cell.observedAt ? (
            <>
              observed <Age at={cell.observedAt} />
              {cell.expiresAt && (cell.state === 'pass' || cell.state === 'stale') ? (
                <>
                  , {cell.state === 'stale' ? 'expired' : 'expires'} <Age at={cell.expiresAt} />
                </>
              ) : null}
            </>
          ) : (
            'nothing observed yet'
          )}
        </p>
      </div>
      <div className="min-w-0 sm:col-start-2 lg:col-start-auto print:col-start-auto">
        <EvidenceLinks links={cell.links} most={4} />
      </div>
    </li>
  );
}
