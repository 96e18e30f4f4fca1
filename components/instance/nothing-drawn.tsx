import { CodeBlock } from '@/components/ui/code-block';
import { StatusMark } from '@/components/ui/status-mark';
import type { CheckState } from '@/lib/contract/checks';
import type { Finding } from '@/lib/contract/findings';

/** Why a chart is empty: not known and why, nothing of this kind there, or not asked yet. Never a bare frame. */
export function NothingDrawn({ check, unknown }: { check: CheckState; unknown: readonly Finding[] }) {
  if (unknown.length > 0) return <UnknownParts unknown={unknown} />;
  return <p className="py-8 text-center text-sm text-muted">{reasonOf(check)}</p>;
}

/** What of a check is not known although the rest is, why, and the GRANT (or whatever it is) that mends it. */
export function UnknownParts({ unknown }: { unknown: readonly Finding[] }) {
  if (unknown.length === 0) return null;
  return (
    <div className="flex flex-col gap-2 text-sm">
      {unknown.map((finding) => (
        <div key={finding.id}>
          <StatusMark status="unknown" word="" className="mr-1 align-text-bottom" />
          {finding.sentence}
          {finding.mend ? (
            <div className="mt-1">
              <CodeBlock code={finding.mend} label="What mends it" wrap />
            </div>
          ) : null}
        </div>
      ))}
    </div>
  );
}

function reasonOf(check: CheckState): string {
  if (check.results.length === 0) {
    return `Not read yet: it is asked every ${check.everySeconds} s.`;
  }
  const hasRows = check.results.some((result) => result.rows.length > 0);
  if (check.keep.includes('snapshot') && !hasRows)
    return 'The server has nothing of this kind: that was measured.';
  return 'No figures in this window.';
}
