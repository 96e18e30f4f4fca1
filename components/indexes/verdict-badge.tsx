import { StatusBadge } from '@/components/ui/status-mark';
import { type IndexItem, indexVerdicts } from '@/lib/contract/indexes';

type Verdict = IndexItem['verdict'];

export const verdictWords: Record<Verdict, string> = {
  invalid: 'Invalid',
  duplicate: 'Duplicate',
  unused: 'Unused',
  unknown: 'Not known',
  early: 'Too early to tell',
  used: 'In use',
  kept: 'Kept',
  small: 'Too small to matter',
  standby: 'See the primary',
};

const statuses: Record<Verdict, string> = {
  invalid: 'crit',
  duplicate: 'warn',
  unused: 'warn',
  unknown: 'unknown',
  early: 'info',
  used: 'ok',
  kept: 'ok',
  small: 'info',
  standby: 'info',
};

/** Worst first. */
export function verdictRank(verdict: Verdict): number {
  return indexVerdicts.indexOf(verdict);
}

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  return <StatusBadge status={statuses[verdict]} word={verdictWords[verdict]} />;
}
