import { StatusMark } from '@/components/ui/status-mark';
import { formatDuration } from '@/lib/base/format';
import type { TestStep } from '@/lib/contract/instances';

const marks = { ok: 'ok', warn: 'warn', failed: 'failed', skipped: 'pending' } as const;

/** What a test did, step by step, each with its sentence and what to do next. */
export function TestSteps({ steps }: { steps: readonly TestStep[] }) {
  return (
    <ol className="divide-y divide-line rounded-md border border-line">
      {steps.map((step, index) => (
        // Steps are never reordered.
        // biome-ignore lint/suspicious/noArrayIndexKey: a step has no other identity
        <li key={index} className="grid gap-x-3 px-3 py-1.5 text-sm sm:grid-cols-[minmax(12rem,1fr)_3fr]">
          <div className="flex min-w-0 flex-wrap items-center gap-2">
            <StatusMark status={marks[step.state]} word="" />
            <span className="min-w-0 font-medium break-words">{step.title}</span>
            {step.purpose ? <span className="text-xs text-muted">{step.purpose}</span> : null}
            {step.durationMs === null ? null : (
              <span className="text-xs text-muted">{formatDuration(step.durationMs / 1000)}</span>
            )}
          </div>
          <div className="min-w-0 break-words">
            <p>{step.sentence}</p>
            {step.next ? <p className="text-muted">{step.next}</p> : null}
          </div>
        </li>
      ))}
    </ol>
  );
}
