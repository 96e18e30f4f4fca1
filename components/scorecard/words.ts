import { formatValue } from '@/lib/base/format';
import type { CriterionInfo, CriterionState, ReadinessLevel, ScorecardCell } from '@/lib/contract/scorecard';

export const domainWords: Record<CriterionInfo['domain'], string> = {
  recovery: 'Recovery',
  replication: 'Replication',
  performance: 'Performance',
  capacity: 'Capacity',
  schema: 'Schema',
  security: 'Security',
};

export const levelWords: Record<ReadinessLevel, string> = {
  recoverable: 'Recoverable',
  sound: 'Sound',
  ready: 'Ready',
};

/** What each level says of a cluster, for the legend. */
export const levelMeanings: Record<ReadinessLevel, string> = {
  recoverable: 'what is lost can be brought back: backed up, drilled, in time',
  sound: 'and it runs as it should: headroom, cache, indexes, replication',
  ready: 'and it holds to the strictest: every minute archived, every connection encrypted',
};

/** What each state means, for the legend; in the order of urgency. */
export const stateMeanings: Record<CriterionState, string> = {
  fail: 'measured, and below the objective',
  stale: 'it was proven, but the evidence has expired',
  unknown: 'nothing measured proves it yet: never counted as proven',
  pass: 'measured, within the objective, and the evidence can be opened',
  'not-applicable': 'does not apply here; the cell says by what',
};

export const shortStateWords: Partial<Record<CriterionState, string>> = { 'not-applicable': 'n/a' };

/** The measured value with its unit, or with what was counted; nothing where there is none. */
export function cellValue(
  criterion: Pick<CriterionInfo, 'unit' | 'counted'>,
  cell: Pick<ScorecardCell, 'value'>,
): string {
  if (cell.value === null) return '';
  const text = formatValue(cell.value, criterion.unit);
  if (!criterion.counted) return text;
  return `${text} ${cell.value === 1 ? criterion.counted.one : criterion.counted.many}`;
}

export function criterionHref(clusterId: string, criterionId: string): string {
  return `/scorecard/${clusterId}/${criterionId}`;
}
