import { StatusMark } from '@/components/ui/status-mark';
import { formatDuration, formatNumber, formatValue, plural } from '@/lib/base/format';
import type { Coverage } from '@/lib/contract/queries';

function sentence(coverage: Coverage): string {
  const { percent, evictions, resets, entries, maxEntries, awaySeconds } = coverage;
  const parts = [
    percent === null
      ? 'how much of the database’s time is accounted is not known yet'
      : `${formatValue(percent, 'percent')} of database time accounted`,
  ];
  if (evictions !== null) parts.push(plural(evictions, 'eviction'));
  if (resets > 0) parts.push(plural(resets, 'reset'));
  if (entries !== null && maxEntries !== null) {
    parts.push(`${formatNumber(entries)} of ${formatNumber(maxEntries)} entries in use`);
  }
  if (awaySeconds > 0) parts.push(`nobody read for ${formatDuration(awaySeconds)}`);
  const text = parts.join(', ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Below this a list by time no longer says where the time went. */
const wantedPercent = 80;

/** How complete the figures of a window are, and how that is known. */
export function CoverageLine({ coverage }: { coverage: Coverage }) {
  if (coverage.readings === 0) return null;
  const isLow = coverage.percent !== null && coverage.percent < wantedPercent;
  return (
    <details className="px-3 pb-2 text-sm">
      <summary className="text-muted">
        {isLow ? <StatusMark status="warn" word="" className="mr-1 align-text-bottom" /> : null}
        {sentence(coverage)}
      </summary>
      <div className="mt-1 max-w-prose space-y-1 text-muted">
        <p>
          Accounted: {formatValue(coverage.accountedMs, 'milliseconds')} of executing and planning top-level
          statements, by what pg_stat_statements grew by between readings. Database time:{' '}
          {formatValue(coverage.databaseMs, 'milliseconds')} that sessions were active (active_time of
          pg_stat_database). The rest is parsing, commits and sending rows, and statements that were evicted
          before they were read.
        </p>
        {isLow && (coverage.evictions ?? 0) > 0 ? (
          <p>
            The server forgets statements faster than they are read. Raise pg_stat_statements.max (now{' '}
            {formatNumber(coverage.maxEntries ?? 0)}; a restart is needed), or let the application use
            parameters instead of lists and names that differ in each statement.
          </p>
        ) : null}
      </div>
    </details>
  );
}
