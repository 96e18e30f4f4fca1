import { PlumblineError } from '@/lib/base/errors';
import type { JsonObject } from '@/lib/engine/define-job';
import { hintNow } from '@/lib/store/notify';
import {
  beginPlan,
  findPlan,
  findPlanRequest,
  finishPlan,
  type PlanAnswer,
  type PlanRequest,
  setPlanInput,
} from '@/lib/store/plans';
import { stepsOfRun } from '@/lib/store/run-steps';
import { findRun } from '@/lib/store/runs';
import { settleFirings } from '@/lib/store/schedule-firings';
import { startReadyRun } from '@/lib/store/start-run';
import { dropTypedCopies } from '@/lib/store/typed-copies';
import { findJob, type RunnerDeps } from '@/workers/runner/deps';
import { errorBody } from '@/workers/runner/error-body';
import { makePlan, parseInput } from '@/workers/runner/make-plan';

/** From request to answer; planning only reads, so a slow server is told to stop. */
export const planDeadlineSeconds = 60;

/**
 * Answers plan requests: validates the input, finds the server, asks the kind for its plan and stores it with its hash.
 * The plan names this worker, since folders are a host's.
 */
export class Planner {
  private readonly busy = new Map<string, Promise<void>>();
  private readonly abort = new AbortController();

  constructor(
    private readonly deps: RunnerDeps,
    private readonly concurrency = 4,
  ) {}

  /** Begins a plan unless all hands are full; then the reconciler comes back to it. */
  offer(id: string): void {
    if (this.busy.has(id) || this.busy.size >= this.concurrency || this.abort.signal.aborted) return;
    const work = this.plan(id)
      .catch((error) => this.deps.log.error({ err: error, plan: id }, 'a plan could not be stored'))
      .finally(() => this.busy.delete(id));
    this.busy.set(id, work);
  }

  async stop(): Promise<void> {
    this.abort.abort(new PlumblineError('cancelled', 'The worker is stopping; plan again.'));
    await Promise.allSettled(this.busy.values());
  }

  private async plan(id: string): Promise<void> {
    const { db, worker, log } = this.deps;
    const request = await findPlanRequest(db, id);
    if (!request) {
      log.warn({ plan: id }, 'a wake-up names a plan that nobody asked for; it is refused');
      return;
    }
    const definition = findJob(this.deps.jobs, request.kind);
    const pool = worker.pools[0] ?? 'default';
    const begun = await beginPlan(db, request, { ...worker, pool }, definition?.version ?? 0);
    if (!begun) return;
    const deadline = AbortSignal.timeout(planDeadlineSeconds * 1000);
    const signal = AbortSignal.any([deadline, this.abort.signal]);
    let answer: PlanAnswer | { error: ReturnType<typeof errorBody> };
    try {
      answer = await this.answer(request, signal);
    } catch (error) {
      const late = deadline.aborted
        ? new PlumblineError('timed-out', `Planning took longer than ${planDeadlineSeconds} s.`, {
            next: 'See whether the server answers at all, then plan again.',
            cause: error,
          })
        : error;
      if (!(late instanceof PlumblineError)) log.error({ err: error, plan: id }, 'planning failed');
      answer = { error: errorBody(late) };
    }
    await db.transaction().execute(async (trx) => {
      const isStartable = !('error' in answer) && answer.document.blockers.length === 0;
      if (!isStartable) await dropTypedCopies(trx, { planId: id }, 'Its plan cannot be started.');
      if (!(await finishPlan(trx, id, worker.id, answer))) return;
      if ('error' in answer) return;
      // What only reads needs no second word of anybody: it runs with its plan.
      const plan = await findPlan(trx, id);
      if (plan && definition?.risk === 'read' && request.scheduleId === null) {
        await startReadyRun(trx, plan, request, `read:${id}`);
      }
      // Approved together with the run that it follows; what may not run unattended waits for a person.
      if (plan && request.follows !== null && definition?.risk === 'low' && definition.schedulable) {
        await startReadyRun(trx, plan, request, `follow:${request.follows}`);
        await hintNow(trx, 'run', request.follows);
      }
    });
    if (request.scheduleId !== null) await settleFirings(db);
  }

  private async answer(request: PlanRequest, signal: AbortSignal): Promise<PlanAnswer> {
    const definition = findJob(this.deps.jobs, request.kind);
    if (!definition) {
      throw new PlumblineError('not-supported', `This worker knows no job kind ${request.kind}.`, {
        next: 'Update the worker to the version of the console.',
      });
    }
    const raw = request.undoOf ? await this.undoInput(request.undoOf, request.kind) : request.input;
    const input = parseInput(definition, raw);
    // As the schema reads it, defaults filled in: what is hashed, shown and run is one thing.
    await setPlanInput(this.deps.db, request.id, input);
    return makePlan(this.deps, definition, {
      kind: request.kind,
      clusterId: request.clusterId,
      instanceId: request.instanceId,
      input,
      applicationName: `plumbline/plan/${request.id}`,
      signal,
    });
  }

  /** The input of an undo comes from what the run gave and from what it was asked. */
  private async undoInput(runId: string, kind: string): Promise<JsonObject> {
    const { db, jobs } = this.deps;
    const run = await findRun(db, runId);
    const undone = run ? findJob(jobs, run.kind) : undefined;
    if (!run || !undone || 'none' in undone.undo || undone.undo.job !== kind) {
      throw new PlumblineError('bad-input', 'This run has no undo of that kind.');
    }
    const steps = await stepsOfRun(db, runId);
    const outputs = Object.fromEntries(steps.map((step) => [step.name, step.output ?? {}]));
    const request = await findPlanRequest(db, run.planId);
    return undone.undo.input(outputs, request?.input ?? {});
  }
}
