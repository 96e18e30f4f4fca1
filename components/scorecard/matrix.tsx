'use client';

import Link from 'next/link';
import { LevelBadge, ScoreBar } from '@/components/scorecard/score';
import { cellValue, criterionHref, domainWords, shortStateWords } from '@/components/scorecard/words';
import { classNames } from '@/components/ui/class-names';
import { Badge, StatusMark } from '@/components/ui/status-mark';
import type { CriterionInfo, Scorecard, ScorecardCell } from '@/lib/contract/scorecard';

/** Clusters down, criteria across; each cell goes to its evidence. Wide: it scrolls under a fixed first column. */
export function ScorecardMatrix({ criteria, clusters }: Scorecard) {
  const domains = [...new Set(criteria.map(({ domain }) => domain))];
  return (
    <section
      aria-label="Readiness of clusters by criterion"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
      className="relative overflow-x-auto max-sm:hidden print:block focus-visible:-outline-offset-2"
    >
      <table className="w-full border-separate border-spacing-0 text-sm">
        <thead>
          <tr>
            <th
              scope="col"
              rowSpan={2}
              className="sticky left-0 z-10 min-w-44 border-b bg-surface px-3 text-left align-bottom text-xs font-medium text-muted"
            >
              Cluster
            </th>
            {domains.map((domain) => (
              <th
                key={domain}
                scope="colgroup"
                colSpan={criteria.filter((criterion) => criterion.domain === domain).length}
                className="border-l px-1.5 pt-1.5 text-left text-2xs font-medium tracking-wide text-faint uppercase"
              >
                {domainWords[domain]}
              </th>
            ))}
          </tr>
          <tr>
            {criteria.map((criterion, index) => (
              <th
                key={criterion.id}
                scope="col"
                title={`${criterion.why} Objective: ${criterion.objective}.`}
                className={classNames(
                  'min-w-20 border-b px-1.5 pb-1.5 text-left align-bottom text-xs leading-4 font-medium text-muted',
                  startsDomain(criteria, index) && 'border-l',
                )}
              >
                {criterion.title}
                {criterion.redLine ? (
                  <span className="block text-2xs font-normal text-faint">red line</span>
                ) : null}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {clusters.map(({ cluster, score, cells }) => (
            <tr key={cluster.id} className="group">
              <th
                scope="row"
                className="sticky left-0 z-10 border-b bg-surface px-3 py-2 text-left align-top font-normal group-hover:bg-sunken"
              >
                <Link href={`/scorecard/${cluster.id}`} prefetch={false} className="link font-medium">
                  {cluster.name}
                </Link>
                <span className="mt-0.5 flex flex-wrap gap-1">
                  <Badge>{cluster.environment}</Badge>
                  <LevelBadge score={score} />
                </span>
                <span className="mt-1 block text-xs text-muted">{score.sentence}</span>
                <span className="mt-1 block max-w-48">
                  <ScoreBar score={score} />
                </span>
              </th>
              {criteria.map((criterion, index) => (
                <td
                  key={criterion.id}
                  className={classNames(
                    'border-b p-0 align-top group-hover:bg-sunken',
                    startsDomain(criteria, index) && 'border-l',
                  )}
                >
                  <MatrixCell
                    criterion={criterion}
                    clusterId={cluster.id}
                    clusterName={cluster.name}
                    cell={cells.find((cell) => cell.criterionId === criterion.id)}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function startsDomain(criteria: readonly CriterionInfo[], index: number): boolean {
  return criteria[index]?.domain !== criteria[index - 1]?.domain;
}

interface MatrixCellProps {
  criterion: CriterionInfo;
  clusterId: string;
  clusterName: string;
  cell: ScorecardCell | undefined;
}

function MatrixCell({ criterion, clusterId, clusterName, cell }: MatrixCellProps) {
  if (!cell) return null;
  return (
    <Link
      href={criterionHref(clusterId, criterion.id)}
      prefetch={false}
      title={cell.sentence}
      data-criterion={criterion.id}
      data-state={cell.state}
      className="block min-h-12 px-1.5 py-2 hover:underline focus-visible:-outline-offset-2"
    >
      <span className="sr-only">
        {criterion.title} of {clusterName}:{' '}
      </span>
      <StatusMark status={cell.state} word={shortStateWords[cell.state]} />
      <span className="block text-xs whitespace-nowrap text-muted">{cellValue(criterion, cell)}</span>
    </Link>
  );
}
