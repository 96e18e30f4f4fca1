import { afterCrash } from '@/lib/engine/after-crash';
import { stepsOfRun } from '@/lib/store/run-steps';
import { type DeadRun, runningRunsOf, runsWithDeadLease } from '@/lib/store/runs';
import { takeOverRun } from '@/lib/store/take-over';
import { findJob, type RunnerDeps } from '@/workers/runner/deps';
import { findRunDirectories, ownerState } from '@/workers/runner/run-directory';

/** A step that may go on without a lease gets so many lease times to come back while its worker may live. */
const continueLeases = 4;

/**
 * Runs whose holder is lost: back to the queue, or to a person when a step must not happen twice. A holder is lost when
 * its lease has ended, or at once when its process was on this host and is gone.
 */
export async function takeOverDeadRuns(
  deps: RunnerDeps,
  isHeldHere: (runId: string) => boolean,
): Promise<void> {
  for (const run of await runningRunsOf(deps.db, deps.worker.name)) {
    if (!isHeldHere(run.id) && holderOf(deps, run) === 'gone') await takeOver(deps, run, 'now');
  }
  for (const dead of await runsWithDeadLease(deps.db, deps.leaseSeconds)) {
    if (!isHeldHere(dead.id)) await takeOver(deps, dead, 'by lease');
  }
}

async function takeOver(deps: RunnerDeps, dead: DeadRun, how: 'now' | 'by lease'): Promise<void> {
  const definition = findJob(deps.jobs, dead.kind);
  const steps = await stepsOfRun(deps.db, dead.id);
  const open = steps.find((step) => step.state === 'started');
  const step = open ? definition?.steps[open.ordinal] : undefined;
  const mayComeBack = step?.onLeaseLost === 'continue' && holderOf(deps, dead) !== 'gone';
  const graceSeconds = mayComeBack ? deps.leaseSeconds * continueLeases : 0;
  const next = definition
    ? afterCrash(
        definition.steps.map(({ safety }) => safety),
        steps,
      )
    : undefined;
  // Of a kind that this worker does not know, nobody can say whether a step may be repeated.
  const ask = next ? (next.act === 'ask' ? next.ordinal : undefined) : open?.ordinal;
  const why = `${step?.title ?? open?.name ?? 'A step'} had begun when its worker was lost, and it must not happen twice.`;
  const taken = await takeOverRun(
    deps.db,
    dead,
    how === 'now' ? null : graceSeconds,
    ask === undefined ? undefined : { ordinal: ask, why },
  );
  if (taken) deps.log.warn({ run: dead.id, epoch: dead.epoch, ask, how }, 'the holder of a run was lost');
}

/** On the same host the marker beside the run's directory tells whether its process lives. */
function holderOf(deps: RunnerDeps, run: DeadRun): 'alive' | 'gone' | 'unknown' {
  if (run.workerName !== deps.worker.name) return 'unknown';
  const found = findRunDirectories(deps.workDir).find(
    ({ marker }) => marker.runId === run.id && marker.epoch === run.epoch,
  );
  return found ? ownerState(found.marker) : 'unknown';
}
