import type { JobDefinition, JsonObject, StepDefinition, Target } from '@/lib/engine/define-job';
import type { PlanRequest, PlanRow } from '@/lib/store/plans';
import type { ClaimedRun } from '@/lib/store/run-claims';
import type { StepRow } from '@/lib/store/run-steps';
import { stepScope } from '@/workers/guard/guard-client';
import { applicationNameOf, type ScratchHolder, stepContext } from '@/workers/runner/context';
import type { RunnerDeps } from '@/workers/runner/deps';
import type { Hold } from '@/workers/runner/hold';
import type { RunDirectory } from '@/workers/runner/run-directory';
import type { RunLogWriter } from '@/workers/runner/run-log-writer';
import type { SpooledTools } from '@/workers/runner/spooled-tool';

/** Everything that one epoch of a run needs, gathered once. */
export interface RunScope {
  deps: RunnerDeps;
  run: ClaimedRun;
  hold: Hold;
  definition: JobDefinition;
  request: PlanRequest;
  plan: PlanRow;
  input: JsonObject;
  directory: RunDirectory;
  logWriter: RunLogWriter;
  scratch: ScratchHolder;
  spooled: SpooledTools;
  isStopping(): boolean;
  /** Stops the scratch server, writes the last lines and removes the directory: before the run's state says it. */
  putAway(): Promise<void>;
}

export function outputsOf(steps: readonly StepRow[]): Record<string, JsonObject> {
  const done = steps.filter((step) => step.state === 'done');
  return Object.fromEntries(done.map((step) => [step.name, step.output ?? {}]));
}

/**
 * Calls a step's code with its context: children that it starts belong to the run, and the sessions that it opened
 * are closed after it.
 */
export async function inStep<T>(
  scope: RunScope,
  step: StepDefinition,
  target: Target,
  steps: readonly StepRow[],
  signal: AbortSignal,
  act: (context: ReturnType<typeof stepContext>) => Promise<T>,
): Promise<T> {
  const { hold, directory } = scope;
  const context = stepContext({
    deps: scope.deps,
    definition: scope.definition,
    kind: scope.run.kind,
    hold,
    target,
    step: step.name,
    input: scope.input,
    params: scope.plan.document?.params ?? {},
    outputs: outputsOf(steps),
    directory,
    logWriter: scope.logWriter,
    signal,
    scratch: scope.scratch,
    spooled: scope.spooled,
  });
  const ofStep = {
    guard: scope.deps.guard,
    run: hold.stepName,
    continues: () => hold.doesContinue,
    recordGroup: directory.recordGroup,
  };
  try {
    return await stepScope.run(ofStep, () => act(context));
  } finally {
    await context.closeAll();
  }
}

export function scopeName(scope: RunScope): string {
  return applicationNameOf(scope.run.runId, scope.run.epoch);
}
