import { Age } from '@/components/ui/age';
import { CodeBlock } from '@/components/ui/code-block';
import { StatusMark } from '@/components/ui/status-mark';
import type { CheckState } from '@/lib/contract/checks';

/** Why (a part of) a check has no current figures, and what would mend it. Empty when all is well. */
export function CheckNotice({ check }: { check: CheckState }) {
  const troubled = check.results.filter((result) => result.state !== 'ok');
  if (troubled.length === 0) return null;
  // The same reason in many databases is one sentence.
  const reasons = new Map<string, { result: CheckState['results'][number]; databases: string[] }>();
  for (const result of troubled) {
    const key = `${result.state}|${result.reason}|${result.mend}`;
    const known = reasons.get(key) ?? { result, databases: [] };
    if (result.database) known.databases.push(result.database);
    reasons.set(key, known);
  }
  return (
    <div className="flex flex-col gap-2">
      {[...reasons].map(([key, { result, databases }]) => (
        <div key={key} className="text-sm">
          <p>
            <StatusMark status={result.state} className="mr-1.5 align-text-bottom" />
            {result.reason ?? 'The reason is not known.'}
            {databases.length > 0 ? <span className="text-muted"> In {databases.join(', ')}.</span> : null}{' '}
            <span className="text-xs text-muted">
              <Age at={result.observedAt} />
            </span>
          </p>
          {result.mend ? (
            <div className="mt-1">
              <CodeBlock code={result.mend} label="What mends it" wrap />
            </div>
          ) : null}
        </div>
      ))}
    </div>
  );
}

/** Whether nothing at all was measured: then the notice stands in the chart's place. */
export function isUnmeasured(check: CheckState): boolean {
  return check.results.length > 0 && check.results.every((result) => result.state !== 'ok');
}
