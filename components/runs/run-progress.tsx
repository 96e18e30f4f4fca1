'use client';

import { counted } from '@/components/runs/counted';
import { medianOf } from '@/components/runs/words';
import { Progress } from '@/components/ui/progress';
import { StatusMark } from '@/components/ui/status-mark';
import { useNow } from '@/components/ui/use-now';
import { formatDuration, formatNumber } from '@/lib/base/format';
import type { Run } from '@/lib/contract/runs';

/** Later than this many medians it is worth a look. */
const lateFactor = 1.25;

/** How far a running run is, beside what earlier runs of the kind took on this cluster. */
export function RunProgress({ run }: { run: Run }) {
  const now = useNow();
  if (run.state !== 'running' || !run.startedAt) return <PastComparison run={run} />;
  const elapsed = now === 0 ? 0 : Math.max(0, (now - Date.parse(run.startedAt)) / 1000);
  const median = medianOf(run.pastDurations);
  const isLate = median !== null && elapsed > median * lateFactor && elapsed - median > 2;
  const { progress } = run;
  const done = progress?.total ? progress.done / progress.total : null;
  return (
    <div className="mb-3 space-y-2">
      <div className="space-y-1">
        <Progress
          label="Time against earlier runs"
          value={median === null ? null : Math.min(1, elapsed / Math.max(median, 0.1))}
          late={isLate}
        />
        <p className="flex flex-wrap gap-x-2 text-sm text-muted">
          <span>{formatDuration(Math.round(elapsed))} so far</span>
          <span>
            {median === null
              ? 'the first on this cluster: nothing to compare with'
              : `${counted(run.pastDurations.length, 'earlier run')} took ${formatDuration(median)} as a rule`}
          </span>
          {isLate ? <StatusMark status="warn" word="longer than usual" /> : null}
        </p>
      </div>
      {progress ? (
        <div className="space-y-1">
          <Progress label={progress.what} value={done} />
          <p className="text-sm text-muted">
            {progress.what}: {formatNumber(progress.done)}
            {progress.total ? ` of ${formatNumber(progress.total)} (${Math.floor(100 * (done ?? 0))} %)` : ''}
          </p>
        </div>
      ) : null}
    </div>
  );
}

function PastComparison({ run }: { run: Run }) {
  const median = medianOf(run.pastDurations);
  // A run that succeeded is among them: alone it has nothing to be compared with.
  const others = run.pastDurations.length - (run.state === 'succeeded' ? 1 : 0);
  if (run.seconds === null || median === null || run.state === 'queued' || others < 1) return null;
  return (
    <p className="mb-3 text-sm text-muted">
      It took {formatDuration(run.seconds)}; {formatDuration(median)} is the rule on this cluster (
      {counted(run.pastDurations.length, 'run')}).
    </p>
  );
}
