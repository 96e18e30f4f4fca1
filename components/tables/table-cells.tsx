import { StatusMark } from '@/components/ui/status-mark';
import { formatBytes, formatDuration, formatNumber } from '@/lib/base/format';
import type { Bloat, TableGrowth, TableRow } from '@/lib/contract/tables';

function perDay(bytes: number): string {
  return `${bytes < 0 ? '−' : '+'}${formatBytes(Math.abs(bytes))}/d`;
}

/** `+1.2 MB/d (0.9 to 1.5)`: the middle and how sure it is. */
export function growthWords({ perDay: middle, lowPerDay, highPerDay, days }: TableGrowth): string {
  return `${perDay(middle)}, between ${perDay(lowPerDay)} and ${perDay(highPerDay)}, by ${formatNumber(days)} days of readings`;
}

const earlyWords =
  'Too early to tell (a line needs three days of readings), or not among the 100 largest tables of its database.';

export function GrowthCell({ growth }: { growth: TableGrowth | null }) {
  if (!growth)
    return (
      <span className="text-muted" title={earlyWords}>
        too early
      </span>
    );
  return <span title={growthWords(growth)}>{perDay(growth.perDay)}</span>;
}

export function daysText(days: number | null): string {
  if (days === null) return '–';
  return days > 3650 ? 'over 10 years' : formatDuration(days * 86_400).replace(/ \d+ h$/, '');
}

/** `estimate, 2 h old`: no figure of dead space stands without how it was found and how old that is. */
export function methodWords({ method, ageSeconds }: Bloat): string {
  return ageSeconds === null ? method : `${method}, ${formatDuration(ageSeconds)} old`;
}

export function BloatCell({ bloat }: { bloat: Bloat | null }) {
  if (!bloat)
    return (
      <span className="text-muted" title="Below 1 MB nothing is estimated.">
        small
      </span>
    );
  if (bloat.notKnown !== null)
    return <StatusMark status="unknown" word={<span title={bloat.notKnown}>unknown</span>} />;
  return (
    <span title={methodWords(bloat)} className="whitespace-nowrap">
      {bloat.percent === null ? '–' : `${formatNumber(bloat.percent)} %`}
      {bloat.bytes === null ? null : <span className="text-muted"> {formatBytes(bloat.bytes)}</span>}
    </span>
  );
}

/** The worst verdict on a table; all of them in its title. */
export function VerdictCell({ row }: { row: TableRow }) {
  const [first] = row.verdicts;
  if (!first) return <StatusMark status={row.level} word={row.level === 'ok' ? '' : undefined} />;
  return (
    <span className="whitespace-nowrap" title={row.verdicts.map(({ sentence }) => sentence).join('\n')}>
      <StatusMark status={row.level} word={first.title} />
    </span>
  );
}
