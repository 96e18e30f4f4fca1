import { PlumblineError } from '@/lib/base/errors';
import type {
  ClusterScorecard,
  ClusterScorecardPage,
  CriterionDetail,
  CriterionInfo,
  EvidenceLink,
  Scorecard,
  ScorecardCell,
} from '@/lib/contract/scorecard';
import type { CriterionDescriptor } from '@/lib/engine/descriptors';
import { scoreOf, stateAt } from '@/lib/engine/scorecard';
import { feedsOfCheck } from '@/lib/queries/findings';
import { catalogue, criterionDescriptor, jobDescriptor } from '@/lib/registry/descriptors';
import {
  type CriterionResult,
  criterionHistory,
  latestCriterionResults,
} from '@/lib/store/criterion-results';
import type { Store } from '@/lib/store/db';

interface ClusterRow {
  id: string;
  name: string;
  environment: string;
}

function infoOf(criterion: CriterionDescriptor): CriterionInfo {
  const { earnedBy, redLine, counted, ...rest } = criterion;
  return {
    ...rest,
    redLine: redLine ?? false,
    counted: counted ?? null,
    earnedBy: earnedBy ? { job: earnedBy, title: jobDescriptor(earnedBy)?.title ?? earnedBy } : null,
  };
}

const order = ['recovery', 'replication', 'performance', 'capacity', 'schema', 'security'];

/** Every criterion, by domain and title: the columns of the matrix. */
function allCriteria(): CriterionInfo[] {
  return catalogue.criteria
    .map(infoOf)
    .sort(
      (left, right) =>
        order.indexOf(left.domain) - order.indexOf(right.domain) || left.title.localeCompare(right.title),
    );
}

/** Links are stored by the worker; which page draws a check is for whoever draws pages. */
function withPage(link: EvidenceLink): EvidenceLink {
  const feeds = link.kind === 'check' ? feedsOfCheck(link.id) : null;
  return feeds === null ? link : { ...link, feeds };
}

/** A stored verdict as it is worth now; none is unknown, and says whom it waits for. */
function cellOf(criterionId: string, result: CriterionResult | undefined, now: Date): ScorecardCell {
  if (!result) {
    return {
      criterionId,
      state: 'unknown',
      value: null,
      sentence: 'Not judged yet. A worker judges every criterion once a minute; see that one runs.',
      links: [],
      observedAt: null,
      expiresAt: null,
      since: null,
      confirmedAt: null,
    };
  }
  return {
    criterionId,
    state: stateAt(result, now),
    value: result.value,
    sentence: result.sentence,
    links: result.links.map(withPage),
    observedAt: result.observedAt,
    expiresAt: result.expiresAt,
    since: result.evaluatedAt,
    confirmedAt: result.lastConfirmedAt,
  };
}

function scorecardOf(
  cluster: ClusterRow,
  criteria: CriterionInfo[],
  results: CriterionResult[],
  now: Date,
): ClusterScorecard {
  const cells = criteria.map(({ id }) => {
    const result = results.find((each) => each.clusterId === cluster.id && each.criterionId === id);
    return cellOf(id, result, now);
  });
  const scored = criteria.map(({ level, redLine }, index) => ({
    level,
    redLine: redLine || undefined,
    state: cells[index]?.state ?? ('unknown' as const),
  }));
  return { cluster, score: scoreOf(scored), cells };
}

function clusterRows(db: Store) {
  return db.selectFrom('clusters').select(['id', 'name', 'environment']).where('removed_at', 'is', null);
}

async function clusterRow(db: Store, clusterId: string): Promise<ClusterRow> {
  const cluster = await clusterRows(db).where('id', '=', clusterId).executeTakeFirst();
  if (cluster) return cluster;
  throw new PlumblineError('not-found', 'There is no such cluster.', {
    next: 'It may have been removed: go to the scorecard and choose another.',
  });
}

/** The readiness matrix: all clusters, the least proven first, against all criteria. */
export async function scorecardOfAll(db: Store, now = new Date()): Promise<Scorecard> {
  const clusters = await clusterRows(db).orderBy('name').execute();
  const criteria = allCriteria();
  const results = await latestCriterionResults(
    db,
    clusters.map(({ id }) => id),
  );
  const scorecards = clusters
    .map((cluster) => scorecardOf(cluster, criteria, results, now))
    .sort((left, right) => (left.score.provenPercent ?? 101) - (right.score.provenPercent ?? 101));
  return { at: now.toISOString(), criteria, clusters: scorecards };
}

/** @throws PlumblineError `not-found`. */
export async function scorecardOfCluster(
  db: Store,
  clusterId: string,
  now = new Date(),
): Promise<ClusterScorecardPage> {
  const cluster = await clusterRow(db, clusterId);
  const criteria = allCriteria();
  const results = await latestCriterionResults(db, [clusterId]);
  return { at: now.toISOString(), criteria, ...scorecardOf(cluster, criteria, results, now) };
}

const historyEntries = 100;

/**
 * One criterion of one cluster with its last 100 changes, newest first. Of the past only what stood is told: whether
 * it was stale at some moment follows from `confirmedAt` and the next entry.
 *
 * @throws PlumblineError `not-found`.
 */
export async function criterionOfCluster(
  db: Store,
  clusterId: string,
  criterionId: string,
  now = new Date(),
): Promise<CriterionDetail> {
  const descriptor = criterionDescriptor(criterionId);
  if (!descriptor) {
    throw new PlumblineError('not-found', 'There is no such criterion.', {
      next: 'Go to the cluster’s scorecard and choose one.',
    });
  }
  const cluster = await clusterRow(db, clusterId);
  const history = await criterionHistory(db, clusterId, criterionId, historyEntries);
  return {
    at: now.toISOString(),
    cluster,
    criterion: infoOf(descriptor),
    cell: cellOf(criterionId, history[0], now),
    history: history.map((entry) => ({
      state: entry.state,
      value: entry.value,
      sentence: entry.sentence,
      links: entry.links.map(withPage),
      definitionVersion: entry.definitionVersion,
      from: entry.evaluatedAt,
      confirmedAt: entry.lastConfirmedAt,
    })),
  };
}
