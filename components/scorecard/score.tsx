import { levelWords } from '@/components/scorecard/words';
import { classNames } from '@/components/ui/class-names';
import { Badge, StatusMark } from '@/components/ui/status-mark';
import type { Score } from '@/lib/contract/scorecard';

/** The level that is reached, in words; a red line says why none is. */
export function LevelBadge({ score }: { score: Score }) {
  if (score.level) return <Badge title="The level that is reached">{levelWords[score.level]}</Badge>;
  const why =
    score.redLines > 0
      ? `no level: ${score.redLines} red ${score.redLines === 1 ? 'line' : 'lines'}`
      : 'no level';
  return <Badge title="A red line that is not proven keeps the level at none">{why}</Badge>;
}

const bars = [
  ['pass', 'bg-ok'],
  ['fail', 'bg-crit'],
  ['stale', 'bg-stale'],
  ['unknown', 'bg-unknown'],
] as const;

/** The shares as a bar; the words stand beside it, so that no colour is needed to read it. */
export function ScoreBar({ score }: { score: Score }) {
  const total = bars.reduce((sum, [state]) => sum + score.counts[state], 0);
  if (total === 0) return null;
  return (
    <span aria-hidden className="flex h-1.5 w-full overflow-hidden rounded-full bg-sunken">
      {bars.map(([state, colour]) => (
        <span key={state} className={colour} style={{ width: `${(100 * score.counts[state]) / total}%` }} />
      ))}
    </span>
  );
}

/** How many criteria stand where: `9 pass · 1 fail · 2 unknown`. */
export function ScoreCounts({ score, className }: { score: Score; className?: string }) {
  const { counts } = score;
  return (
    <span className={classNames('flex flex-wrap gap-x-3 gap-y-0.5 text-sm', className)}>
      <StatusMark status="pass" word={`${counts.pass} proven`} />
      {counts.fail > 0 ? <StatusMark status="fail" word={`${counts.fail} failing`} /> : null}
      {counts.stale > 0 ? <StatusMark status="stale" word={`${counts.stale} stale`} /> : null}
      {counts.unknown > 0 ? <StatusMark status="unknown" word={`${counts.unknown} unknown`} /> : null}
      {counts.notApplicable > 0 ? (
        <StatusMark status="not-applicable" word={`${counts.notApplicable} not applicable`} />
      ) : null}
    </span>
  );
}
