'use client';

import { Age } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { useNow } from '@/components/ui/use-now';
import type { ScorecardCell } from '@/lib/contract/scorecard';

/** Judged once a minute: five rounds missed mean that no worker does it. */
const lateMs = 5 * 60_000;

/** Says that nobody judges any more: what the page shows is then only as good as its age. */
export function JudgedBanner({ cells }: { cells: readonly ScorecardCell[] }) {
  const now = useNow();
  const newest = cells
    .flatMap(({ confirmedAt }) => (confirmedAt ? [confirmedAt] : []))
    .sort()
    .at(-1);
  if (!newest || now === 0 || now - Date.parse(newest) < lateMs) return null;
  return (
    <Banner tone="warn" title="These verdicts are old">
      A worker last judged <Age at={newest} />. Evidence goes on expiring meanwhile: start a worker, or see on
      the workers page why none judges.
    </Banner>
  );
}
