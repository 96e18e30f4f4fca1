import { afterCrash } from '@/lib/engine/after-crash';
import { stepsOfRun } from '@/lib/store/run-steps';
import { type DeadRun, runsWithDeadLease } from '@/lib/store/runs';
import { takeOverRun } from '@/lib/store/take-over';
import { findJob, type RunnerDeps } from '@/workers/runner/deps';
import { findRunDirectories, ownerLives } from '@/workers/runner/run-directory';

/** A step that may go on without a lease gets so many lease times to come back while its worker may live. */
const continueLeases = 4;

/** Runs whose holder is lost: back to the queue, or to a person when a step must not happen twice. */
export async function takeOverDeadRuns(
  deps: RunnerDeps,
  isHeldHere: (runId: string) => boolean,
): Promise<void> {
  for (const dead of await runsWithDeadLease(deps.db, deps.leaseSeconds)) {
    if (isHeldHere(dead.id)) continue;
    await takeOver(deps, dead);
  }
}

async function takeOver(deps: RunnerDeps, dead: DeadRun): Promise<void> {
  const definition = findJob(deps.jobs, dead.kind);
  const steps = await stepsOfRun(deps.db, dead.id);
  const open = steps.find((step) => step.state === 'started');
  const step = open ? definition?.steps[open.ordinal] : undefined;
  const mayComeBack = step?.onLeaseLost === 'continue' && !isOwnerGone(deps, dead);
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
    graceSeconds,
    ask === undefined ? undefined : { ordinal: ask, why },
  );
  if (taken) deps.log.warn({ run: dead.id, epoch: dead.epoch, ask }, 'the lease of a run had ended');
}

/** On the same host the marker beside the run's directory tells whether its process lives. */
function isOwnerGone(deps: RunnerDeps, dead: DeadRun): boolean {
  if (dead.workerName !== deps.worker.name) return false;
  const found = findRunDirectories(deps.workDir).find(
    ({ marker }) => marker.runId === dead.id && marker.epoch === dead.epoch,
  );
  return found === undefined || !ownerLives(found.marker);
}
