import { messageOf, PlumblineError } from '@/lib/base/errors';
import { afterCrash } from '@/lib/engine/after-crash';
import type { StepDefinition, Target } from '@/lib/engine/define-job';
import { askForDecision, finishRun, releaseRun } from '@/lib/store/run-ends';
import { beginStep, completeStep, failStep, type StepRow, stepsOfRun } from '@/lib/store/run-steps';
import { targetsOfCluster } from '@/lib/store/targets';
import { cleanUpRun } from '@/workers/runner/clean-up';
import { errorBody } from '@/workers/runner/error-body';
import { openTarget } from '@/workers/runner/make-plan';
import { endOldEpochs } from '@/workers/runner/old-epochs';
import { isLeaseLost, persist } from '@/workers/runner/persist';
import { recheckPlan } from '@/workers/runner/recheck-plan';
import { inStep, type RunScope, scopeName } from '@/workers/runner/run-scope';
import { assertSecondPerson } from '@/workers/runner/second-person';
import { endSpooled } from '@/workers/runner/spooled-tool';
import { assertSameServer } from '@/workers/runner/target';

/** The most that a step may hand to later ones, in bytes of JSON. */
const maxOutputBytes = 1024 * 1024;

/**
 * Carries a claimed run from where its rows say it is to an end, a decision, or back to the queue. Every write is
 * refused when the run has been taken by somebody else.
 *
 * @throws PlumblineError `lease-lost` when it was; then nothing more may be done for it here.
 */
export async function executeRun(scope: RunScope): Promise<void> {
  const { deps, run, hold, definition } = scope;
  const { held } = hold;
  const safeties = definition.steps.map((step) => step.safety);
  let decision = run.decision;
  let oldEnded = run.epoch === 1;
  for (let round = 0; ; round += 1) {
    hold.check();
    if (scope.isStopping()) return giveBack(scope);
    const steps = await persist(hold, () => stepsOfRun(deps.db, run.runId));
    if (round === 0 && run.cancelRequested) {
      hold.cancelIgnored = steps.some((row) => definition.steps[row.ordinal]?.pointOfNoReturn);
      hold.requestCancel();
    }
    const next = afterCrash(safeties, steps, decision);
    if (next.act === 'finish') {
      await scope.putAway();
      await deps.failpoint('before-finish');
      return finish(scope, 'succeeded');
    }
    const step = definition.steps[next.ordinal] as StepDefinition;
    if (next.act === 'ask') {
      const why = `${step.title} had begun when its worker was lost, and it must not happen twice.`;
      return ask(scope, next.ordinal, why);
    }
    if (next.act === 'accept') {
      await persist(hold, () => completeStep(deps.db, held, next.ordinal, step.name, {}, 'step-accepted'));
      decision = null;
      continue;
    }
    if (next.act === 'put-away') return endAfterFailure(scope, steps, decision === 'stop');

    let target: Target;
    try {
      target = await reachTarget(scope);
      if (!oldEnded) {
        await endOldEpochs(
          deps,
          run,
          target,
          definition.as,
          hold.abort.signal,
          scope.directory.adoptedFrom !== undefined,
        );
        oldEnded = true;
      }
      if (next.act === 'probe') {
        const found = await inStep(scope, step, target, steps, hold.abort.signal, async (context) =>
          step.probe?.(context),
        );
        if (found !== undefined) {
          await endSpooled(scope.directory.spool);
          await persist(hold, () =>
            completeStep(deps.db, held, next.ordinal, step.name, found, 'step-found-done'),
          );
          continue;
        }
      }
      // What only reads was planned a moment ago by ourselves: there is no approval to hold it against.
      if (steps.length === 0 && definition.risk !== 'read') {
        await assertSecondPerson(scope);
        await recheckPlan(scope);
      }
    } catch (error) {
      if (isLeaseLost(error) || hold.isLost()) throw error;
      if (scope.isStopping()) return giveBack(scope);
      if (hold.cancelRequested) return endCancelled(scope, steps);
      if (next.act === 'probe') {
        const why = `Whether ${step.title} was done could not be found out: ${messageOf(error)}`;
        return ask(scope, next.ordinal, why);
      }
      return endFailed(scope, steps, error);
    }
    const isOver = await runStep(scope, step, next.ordinal, target, steps);
    if (isOver) return;
    decision = null;
  }
}

/** Connects as the job does and holds the server against the plan: before each step, since servers change hands. */
async function reachTarget(scope: RunScope): Promise<Target> {
  const { deps, plan, definition, hold } = scope;
  const [row] = await persist(hold, () =>
    targetsOfCluster(deps.db, plan.clusterId, plan.instanceId, definition.runsOn),
  );
  if (!row) {
    throw new PlumblineError('not-found', 'The instance of this plan is no longer there.', {
      next: 'Plan again on an instance that is active.',
    });
  }
  const options = { applicationName: scopeName(scope), signal: hold.abort.signal };
  const target = await openTarget(deps, row, definition, options);
  assertSameServer(plan, target);
  return target;
}

/** Runs one step. True when the run has ended with it, one way or the other. */
async function runStep(
  scope: RunScope,
  step: StepDefinition,
  ordinal: number,
  target: Target,
  steps: readonly StepRow[],
): Promise<boolean> {
  const { deps, hold, definition, logWriter } = scope;
  const { held } = hold;
  const passed = definition.steps.slice(0, ordinal).some((earlier) => earlier.pointOfNoReturn);
  const begun = await persist(hold, () => beginStep(deps.db, held, ordinal, step.name, !passed));
  if (begun === 'cancelled') {
    await endCancelled(scope, steps);
    return true;
  }
  await deps.failpoint('step-begun', step.name);
  hold.cancelIgnored = passed || step.pointOfNoReturn === true;
  const continues = step.onLeaseLost === 'continue';
  hold.setContinues(continues, continues && step.safety !== 'once');
  try {
    hold.check();
    const output = await inStep(scope, step, target, steps, hold.abort.signal, (context) =>
      step.run(context),
    );
    if (Buffer.byteLength(JSON.stringify(output)) > maxOutputBytes) {
      throw new PlumblineError('too-large', `The output of ${step.title} is larger than 1 MiB.`);
    }
    await deps.failpoint('step-effect', step.name);
    await logWriter.flush();
    await persist(hold, () => completeStep(deps.db, held, ordinal, step.name, output));
    await deps.failpoint('step-done', step.name);
    // Our database may be back before the lease is: renew it while its age does not count.
    if (hold.doesContinue) await hold.beat();
    return false;
  } catch (error) {
    if (isLeaseLost(error) || hold.isLost()) throw error;
    if (scope.isStopping() && hold.abort.signal.aborted && !hold.cancelRequested) {
      // The worker leaves in the middle: as after a crash, but in order.
      const isOnce = step.safety === 'once';
      if (isOnce) await ask(scope, ordinal, `The worker stopped in the middle of ${step.title}.`);
      else await giveBack(scope);
      return true;
    }
    const cancelled = hold.cancelRequested && hold.abort.signal.aborted;
    const why = cancelled ? new PlumblineError('cancelled', 'The run was cancelled in this step.') : error;
    logWriter.write('error', step.name, messageOf(why));
    const body = errorBody(why, logWriter.secrets);
    await persist(hold, () => failStep(deps.db, held, ordinal, step.name, body));
    const after = await persist(hold, () => stepsOfRun(deps.db, held.runId));
    if (cancelled) await endCancelled(scope, after);
    else await endFailed(scope, after, error);
    return true;
  } finally {
    hold.setContinues(false);
    // Its own have ended; an earlier worker's that it did not ask for would go on for nobody.
    if (!scope.spooled.hasLeft) await endSpooled(scope.directory.spool);
  }
}

async function giveBack(scope: RunScope): Promise<void> {
  await scope.putAway();
  await persist(scope.hold, () => releaseRun(scope.deps.db, scope.hold.held, 'its worker stops'));
}

async function ask(scope: RunScope, ordinal: number, why: string): Promise<void> {
  scope.logWriter.write('warn', null, why);
  await scope.putAway();
  await persist(scope.hold, () => askForDecision(scope.deps.db, scope.hold.held, ordinal, why));
}

async function finish(
  scope: RunScope,
  state: Parameters<typeof finishRun>[2],
  error: Parameters<typeof finishRun>[3] = null,
): Promise<void> {
  const { deps, hold, run, definition } = scope;
  const changed = definition.risk === 'read' ? null : run.instanceId;
  await persist(hold, () => finishRun(deps.db, hold.held, state, error, changed));
}

async function endCancelled(scope: RunScope, steps: readonly StepRow[]): Promise<void> {
  await cleanUpRun(scope, steps);
  await scope.putAway();
  await scope.deps.failpoint('before-finish');
  await finish(scope, 'cancelled');
}

async function endFailed(scope: RunScope, steps: readonly StepRow[], error: unknown): Promise<void> {
  const body = errorBody(error, scope.logWriter.secrets);
  scope.logWriter.write('error', null, body.message);
  await cleanUpRun(scope, steps);
  await scope.putAway();
  await scope.deps.failpoint('before-finish');
  await finish(scope, 'failed', body);
}

/** A step had failed, or a person said stop, and its worker was lost before the run was ended. */
async function endAfterFailure(scope: RunScope, steps: readonly StepRow[], stopped: boolean): Promise<void> {
  const failed = steps.find((step) => step.state === 'failed');
  if (failed?.error?.code === 'cancelled') return endCancelled(scope, steps);
  const error = stopped
    ? new PlumblineError(
        'cancelled',
        'A person stopped this run because it was unknown whether a step was done.',
      )
    : new PlumblineError('internal', failed?.error?.message ?? 'A step failed.', {
        next: failed?.error?.next,
      });
  return endFailed(scope, steps, error);
}
