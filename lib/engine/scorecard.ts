import {
  type CriterionState,
  type ReadinessLevel,
  readinessLevels,
  type Score,
  type ScoreCounts,
} from '@/lib/contract/scorecard';
import type { CriterionDefinition } from '@/lib/engine/define-criterion';

/** One criterion of one cluster as it is scored: what the definition asks and what stands at a moment. */
export interface ScoredCriterion extends Pick<CriterionDefinition, 'level' | 'redLine'> {
  state: CriterionState;
}

/**
 * What a stored verdict is worth at a moment. Evidence expires by itself: a pass whose evidence is too old, or has
 * no age at all, is `stale` without anybody acting. Other states stay what they are: an old failure is no better.
 */
export function stateAt(
  result: { state: Exclude<CriterionState, 'stale'>; expiresAt: string | null } | undefined,
  now: Date,
): CriterionState {
  if (!result) return 'unknown';
  if (result.state !== 'pass') return result.state;
  const expired = result.expiresAt === null || Date.parse(result.expiresAt) <= now.getTime();
  return expired ? 'stale' : 'pass';
}

/** When evidence that was observed at a moment stops counting; null when nothing was observed. */
export function expiryOf(observedAt: string | null, expiresAfterSeconds: number): string | null {
  if (observedAt === null) return null;
  return new Date(Date.parse(observedAt) + expiresAfterSeconds * 1000).toISOString();
}

export function countStates(states: readonly CriterionState[]): ScoreCounts {
  const of = (state: CriterionState) => states.filter((each) => each === state).length;
  return {
    pass: of('pass'),
    fail: of('fail'),
    unknown: of('unknown'),
    stale: of('stale'),
    notApplicable: of('not-applicable'),
  };
}

/**
 * The score of a cluster. The level is a ratchet and no average: one criterion that is not proven stops it below its
 * own level, and an unproven red line keeps it at none. Unknown and stale never count as proven; what does not apply
 * counts neither way. The percentage is only for sorting.
 */
export function scoreOf(criteria: readonly ScoredCriterion[]): Score {
  const counts = countStates(criteria.map((criterion) => criterion.state));
  const applicable = criteria.length - counts.notApplicable;
  const unproven = criteria.filter(({ state }) => state !== 'pass' && state !== 'not-applicable');
  const redLines = unproven.filter((criterion) => criterion.redLine).length;
  let level: ReadinessLevel | null = null;
  // Nothing measured is no level: without a single pass there is nothing to stand on.
  if (redLines === 0 && counts.pass > 0) {
    for (const candidate of readinessLevels) {
      if (unproven.some((criterion) => criterion.level === candidate)) break;
      level = candidate;
    }
  }
  const provenPercent = applicable === 0 ? null : Math.floor((100 * counts.pass) / applicable);
  return { counts, provenPercent, level, redLines, sentence: scoreSentence(counts) };
}

/**
 * The score as a sentence: `82 % proven · 11 % unknown · 7 % failing`. The largest remainders are rounded up, so that
 * the parts always add up to 100.
 */
export function scoreSentence(counts: ScoreCounts): string {
  const parts: [string, number][] = [
    ['proven', counts.pass],
    ['failing', counts.fail],
    ['stale', counts.stale],
    ['unknown', counts.unknown],
  ];
  const total = parts.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return 'nothing applies';
  const shares = parts.map(([word, count]) => ({ word, count, exact: (100 * count) / total }));
  const floors = shares.map(({ exact }) => Math.floor(exact));
  const missing = 100 - floors.reduce((sum, floor) => sum + floor, 0);
  // Proven is never rounded up: 99.6 % proven is not 100 %.
  const order = shares
    .map(({ exact, word }, index) => ({
      index,
      remainder: word === 'proven' ? -1 : exact - Math.floor(exact),
    }))
    .sort((left, right) => right.remainder - left.remainder);
  for (const { index } of order.slice(0, missing)) floors[index] = (floors[index] ?? 0) + 1;
  return shares
    .map(({ word, count }, index) => (count > 0 || word === 'proven' ? `${floors[index]} % ${word}` : ''))
    .filter(Boolean)
    .join(' · ');
}
