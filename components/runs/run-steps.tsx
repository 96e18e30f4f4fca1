'use client';

import { safetyWords } from '@/components/runs/words';
import { classNames } from '@/components/ui/class-names';
import { StatusMark } from '@/components/ui/status-mark';
import { useNow } from '@/components/ui/use-now';
import { formatDuration } from '@/lib/base/format';
import type { Run, RunStep } from '@/lib/contract/runs';

/** The parts of a run in order; the line after which it cannot be cancelled is drawn between them. */
export function RunSteps({ run }: { run: Run }) {
  const now = useNow();
  return (
    <ol className="space-y-px">
      {run.steps.map((step) => (
        <li key={step.ordinal} data-step={step.name} data-state={step.state}>
          {step.pointOfNoReturn ? (
            <p className="my-1 flex items-center gap-2 text-xs text-warn before:h-px before:flex-1 before:bg-warn after:h-px after:flex-1 after:bg-warn">
              point of no return: it cannot be cancelled from here on
            </p>
          ) : null}
          <div
            className={classNames(
              'grid grid-cols-[8rem_1fr_auto] items-start gap-x-3 rounded px-2 py-1.5 max-sm:grid-cols-[1fr_auto]',
              step.state === 'started' && 'bg-accent-soft',
            )}
          >
            <StatusMark status={step.state} className="text-sm" />
            <div className="min-w-0 max-sm:order-last max-sm:col-span-2">
              <p>{step.title}</p>
              {step.error ? (
                <p className="text-sm text-crit">
                  {step.error.message} {step.error.next}
                </p>
              ) : step.state === 'pending' || step.state === 'started' ? (
                <p className="text-xs text-muted">{safetyWords[step.safety]}</p>
              ) : null}
            </div>
            <span className="text-right text-sm text-muted">{stepTime(step, now)}</span>
          </div>
        </li>
      ))}
    </ol>
  );
}

function stepTime(step: RunStep, now: number): string {
  if (step.seconds !== null) return formatDuration(step.seconds);
  if (step.state !== 'started' || !step.startedAt || now === 0) return '';
  return formatDuration(Math.max(0, Math.round((now - Date.parse(step.startedAt)) / 1000)));
}
