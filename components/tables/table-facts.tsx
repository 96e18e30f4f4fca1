import { BloatCell, daysText, growthWords, methodWords } from '@/components/tables/table-cells';
import { CodeBlock } from '@/components/ui/code-block';
import { KeyValue } from '@/components/ui/key-value';
import { StatusMark } from '@/components/ui/status-mark';
import { formatBytes, formatDuration, formatNumber, formatValue } from '@/lib/base/format';
import type { Bloat, TableRow } from '@/lib/contract/tables';

const bytesText = (bytes: number | null) => (bytes === null ? 'not read' : formatBytes(bytes));
const ageText = (seconds: number | null, what: string) =>
  seconds === null ? `never ${what}` : `${formatDuration(seconds)} ago`;

/** A figure of dead space with its method and age; or why there is none, and the statements that mend it. */
function BloatFact({ bloat }: { bloat: Bloat | null }) {
  if (!bloat) return <span className="text-muted">Not estimated: below 1 MB nobody gains by it.</span>;
  if (bloat.notKnown === null) {
    const beside =
      bloat.estimatedPercent !== null && bloat.estimatedPercent !== bloat.percent
        ? `; the estimate says ${formatNumber(bloat.estimatedPercent)} %`
        : '';
    return (
      <>
        <BloatCell bloat={bloat} />{' '}
        <span className="text-muted">
          ({methodWords(bloat)}
          {beside})
        </span>
      </>
    );
  }
  return (
    <div className="flex flex-col gap-1">
      <p>
        <StatusMark status="unknown" className="mr-1.5 align-text-bottom" />
        {bloat.notKnown}.
      </p>
      {bloat.mend ? <CodeBlock code={bloat.mend} label="What makes the dead space known" wrap /> : null}
    </div>
  );
}

/** What is known of one table now, and what is wrong with it. */
export function TableFacts({ row }: { row: TableRow }) {
  return (
    <div className="flex flex-col gap-3">
      {row.verdicts.map((verdict) => (
        <div key={verdict.id} className="text-sm">
          <StatusMark status={verdict.level} className="mr-1.5 align-text-bottom" />
          {verdict.sentence}
          {verdict.mend ? (
            <div className="mt-1">
              <CodeBlock code={verdict.mend} label={`What mends: ${verdict.title}`} wrap />
            </div>
          ) : null}
        </div>
      ))}
      <KeyValue
        items={[
          [
            'Size',
            `${bytesText(row.bytes)}: rows ${bytesText(row.heapBytes)}, TOAST ${bytesText(row.toastBytes)}, indexes ${bytesText(row.indexBytes)} (${row.sizeMethod})`,
          ],
          [
            'Growth',
            row.growth
              ? `${growthWords(row.growth)}; doubles in ${daysText(row.doublesInDays)}`
              : 'Too early to tell, or not among the tables whose sizes are kept.',
          ],
          [
            'Rows',
            `${formatValue(row.liveRows, 'rows')} live, ${formatValue(row.deadRows, 'rows')} dead (${formatValue(row.deadPercent, 'percent')}); autovacuum is ${row.autovacuum ?? 'not known'} and comes from ${formatValue(row.vacuumedFrom, 'rows')} dead rows on`,
          ],
          ['Dead space', <BloatFact key="bloat" bloat={row.bloat} />],
          ...(row.toastBytes
            ? [['Dead space in TOAST', <BloatFact key="toast" bloat={row.toastBloat} />] as const]
            : []),
          [
            'Vacuum and analyze',
            `vacuumed ${ageText(row.vacuumAgeSeconds, '')}, analyzed ${ageText(row.analyzeAgeSeconds, '')}; ${formatValue(row.changedPercent, 'percent')} changed since`,
          ],
          ['Transaction id age', formatValue(row.xidAge, 'transactions')],
          [
            'Last interval',
            `cache hit ${formatValue(row.hitRate, 'percent')}, index hit ${formatValue(row.indexHitRate, 'percent')}, scans by an index ${formatValue(row.indexUse, 'percent')}, HOT updates ${formatValue(row.hotShare, 'percent')}`,
          ],
        ]}
      />
    </div>
  );
}
