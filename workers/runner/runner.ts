import { messageOf, PlumblineError } from '@/lib/base/errors';
import { findPlan, findPlanRequest } from '@/lib/store/plans';
import { type ClaimedRun, claimRun, fenced } from '@/lib/store/run-claims';
import { finishRun, markUndecided } from '@/lib/store/run-ends';
import { nextLogSeq } from '@/lib/store/run-log';
import { stepsOfRun } from '@/lib/store/run-steps';
import { claimableRuns, findRun } from '@/lib/store/runs';
import { ScratchHolder } from '@/workers/runner/context';
import { findJob, type RunnerDeps } from '@/workers/runner/deps';
import { errorBody } from '@/workers/runner/error-body';
import { executeRun } from '@/workers/runner/execute';
import { Hold } from '@/workers/runner/hold';
import { parseInput } from '@/workers/runner/make-plan';
import { isLeaseLost, persist } from '@/workers/runner/persist';
import { adoptRunDirectory, makeRunDirectory } from '@/workers/runner/run-directory';
import { RunLogWriter } from '@/workers/runner/run-log-writer';
import type { RunScope } from '@/workers/runner/run-scope';
import { endSpooled, SpooledTools } from '@/workers/runner/spooled-tool';

const stopPollMs = 50;
const handsForReads = 2;

/** Claims runs and carries them out, a few at a time. A wake-up is only a hint: the claim decides. */
export class Runner {
  private readonly active = new Map<string, { hold?: Hold; work: Promise<void> }>();
  private stopping = false;

  constructor(
    private readonly deps: RunnerDeps,
    private readonly concurrency = 4,
  ) {}

  /** Ids of the runs that this process holds. */
  heldRuns(): string[] {
    return [...this.active.keys()];
  }

  /** Tries to take a run unless all hands are full; then it is found again when one is free. */
  offer(runId: string): void {
    if (this.stopping || this.active.has(runId)) return;
    if (this.active.size < this.concurrency) this.begin(runId);
    else if (this.active.size < this.concurrency + handsForReads) void this.offerRead(runId);
  }

  /** What only reads takes seconds and somebody waits for it: it does not stand behind hours of work. */
  private async offerRead(runId: string): Promise<void> {
    try {
      const run = await findRun(this.deps.db, runId);
      const isRead = run && findJob(this.deps.jobs, run.kind)?.risk === 'read';
      const hasHand = this.active.size < this.concurrency + handsForReads;
      if (isRead && hasHand && !this.stopping && !this.active.has(runId)) this.begin(runId);
    } catch (error) {
      this.deps.log.warn({ err: error, run: runId }, 'a run could not be looked up');
    }
  }

  private begin(runId: string): void {
    const entry: { hold?: Hold; work: Promise<void> } = { work: Promise.resolve() };
    this.active.set(runId, entry);
    entry.work = this.take(runId, entry)
      .catch((error) => {
        if (isLeaseLost(error)) this.deps.log.warn({ run: runId }, 'the run is no longer ours');
        else this.deps.log.error({ err: error, run: runId }, 'a run could not be carried on');
      })
      .then((hasRun) => {
        this.active.delete(runId);
        if (hasRun !== false) void this.offerWaiting();
      });
  }

  /** Looks for runs that wait for a free hand. */
  async offerWaiting(afterSeconds = 0): Promise<void> {
    if (this.stopping || this.active.size >= this.concurrency) return;
    try {
      for (const id of await claimableRuns(this.deps.db, this.deps.worker, afterSeconds)) this.offer(id);
    } catch (error) {
      this.deps.log.warn({ err: error }, 'queued runs could not be looked up');
    }
  }

  /** A person asked to cancel: said by NOTIFY, and read with each beat in case that was missed. */
  cancel(runId: string): void {
    const entry = this.active.get(runId);
    if (entry?.hold) void entry.hold.beat();
    else this.offer(runId);
  }

  /**
   * Takes no more runs and gives back those that it holds: at their next step edge, or after `drainMs` in the middle
   * of a step, where a step that must not happen twice is left to a person's decision.
   */
  async stop(drainMs: number): Promise<void> {
    this.stopping = true;
    const until = Date.now() + drainMs;
    while (this.active.size > 0 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, stopPollMs));
    }
    for (const { hold } of this.active.values()) hold?.stopWork();
    await Promise.allSettled([...this.active.values()].map(({ work }) => work));
  }

  /** True when it was claimed: then a hand is free again, and only then is it worth looking for more. */
  private async take(runId: string, entry: { hold?: Hold }): Promise<boolean> {
    const { db, worker, leaseSeconds, log } = this.deps;
    const claim = await claimRun(db, runId, worker, leaseSeconds);
    if ('refused' in claim) {
      if (claim.refused === 'not-there')
        log.warn({ run: runId }, 'a wake-up names a run that does not exist; it is refused');
      return false;
    }
    const run = claim.claimed;
    const hold = new Hold(this.deps, run);
    entry.hold = hold;
    try {
      await this.deps.failpoint('claimed');
      const prepared = await this.prepare(run, hold);
      if (!prepared) return true;
      try {
        await executeRun(prepared);
        await this.deps.failpoint('finished');
      } catch (error) {
        if (isLeaseLost(error) || hold.isLost()) throw error;
        // A defect of ours: tried again it would fail again, so the run ends or asks instead of going round.
        this.deps.log.error({ err: error, run: runId }, 'a run broke');
        await prepared.putAway();
        await this.refuse(run, hold, error);
      } finally {
        await prepared.putAway();
      }
      return true;
    } finally {
      hold.end();
      this.deps.notifier.hint('run', runId);
    }
  }

  /** Gathers what the run needs; undefined when it ended because something of it is missing. */
  private async prepare(run: ClaimedRun, hold: Hold): Promise<RunScope | undefined> {
    const { db, workDir, toolUser, notifier, jobs } = this.deps;
    const definition = findJob(jobs, run.kind);
    const plan = await persist(hold, () => findPlan(db, run.planId));
    const request = await persist(hold, () => findPlanRequest(db, run.planId));
    try {
      if (!plan || !request || !plan.document)
        throw new PlumblineError('not-found', 'The plan of this run is not there.');
      if (!definition || definition.version !== run.definitionVersion) {
        throw new PlumblineError(
          'conflict',
          `${run.kind} is another version now than the one that was approved.`,
          {
            next: 'Plan again and approve that.',
          },
        );
      }
      const input = parseInput(definition, request.input);
      const seq = await persist(hold, () => nextLogSeq(db, run.runId));
      const logWriter = new RunLogWriter(db, run, notifier, seq);
      const open = (await persist(hold, () => stepsOfRun(db, run.runId))).find(
        (step) => step.state === 'started',
      );
      const mayAdopt = open && definition.steps[open.ordinal]?.onLeaseLost === 'continue';
      const directory =
        (mayAdopt && (await adoptRunDirectory(workDir, run.runId, run.epoch))) ||
        makeRunDirectory(workDir, run.runId, run.epoch, toolUser);
      const { spool, adoptedFrom } = directory;
      const spooled = new SpooledTools({ spool, adoptedFrom, epoch: run.epoch, hold });
      const scratch = new ScratchHolder(hold.abort.signal);
      const parts = { directory, logWriter, scratch, spooled };
      return {
        deps: this.deps,
        ...{ run, hold, definition, plan, request, input },
        ...parts,
        isStopping: () => this.stopping,
        putAway: () => this.putAway(run.runId, parts),
      };
    } catch (error) {
      if (isLeaseLost(error)) throw error;
      await this.refuse(run, hold, error);
      return undefined;
    }
  }

  /** Without its definition nothing can be put away: a step in the middle is left to a person. */
  private async refuse(run: ClaimedRun, hold: Hold, error: unknown): Promise<void> {
    const { db } = this.deps;
    const steps = await persist(hold, () => stepsOfRun(db, run.runId));
    const open = steps.find((step) => step.state === 'started' || step.state === 'undecided');
    if (open && run.decision === null) {
      await persist(hold, () =>
        fenced(db, run, (trx) => markUndecided(trx, run, open.ordinal, messageOf(error))),
      );
      return;
    }
    await persist(hold, () => finishRun(db, run, 'failed', errorBody(error)));
  }

  /** However the run ended here: nothing of this epoch stays on the machine but children left to the next worker. */
  private async putAway(
    runId: string,
    {
      scratch,
      directory,
      logWriter,
      spooled,
    }: Pick<RunScope, 'scratch' | 'directory' | 'logWriter' | 'spooled'>,
  ): Promise<void> {
    try {
      await scratch.stop();
      if (!spooled.hasLeft) await endSpooled(directory.spool);
      await logWriter.flush();
    } catch (error) {
      this.deps.log.error({ err: error, run: runId }, 'a scratch server could not be stopped');
    }
    logWriter.end();
    if (spooled.hasLeft) directory.leave();
    else directory.remove();
  }
}
