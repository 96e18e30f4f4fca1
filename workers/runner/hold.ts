import { PlumblineError } from '@/lib/base/errors';
import { type Held, leaseLost, renewLease } from '@/lib/store/run-claims';
import type { RunnerDeps } from '@/workers/runner/deps';

/**
 * A worker's hold on a run: renews the lease, and stops the work when it could not be renewed in time, before
 * anybody else may take the run. Time is measured by the monotonic clock, which goes on while the process is stopped.
 */
export class Hold {
  /** Aborted with `lease-lost`, `cancelled`, or `cancelled` with the detail `stopping`. */
  readonly abort = new AbortController();
  cancelRequested = false;
  /** Set at a point of no return: a cancel no longer ends the step. */
  cancelIgnored = false;
  private lost = false;
  private continues = false;
  private outlives = false;
  private leaving = false;
  private deadline: number;
  private timer: NodeJS.Timeout | undefined;
  private beating = false;
  private readonly name: string;

  constructor(
    private readonly deps: Pick<RunnerDeps, 'db' | 'guard' | 'leaseSeconds' | 'beatSeconds' | 'log'>,
    readonly held: Held,
  ) {
    this.name = `${held.runId}/${held.epoch}`;
    this.deadline = performance.now() + this.usableMs;
    deps.guard.beat(this.name, this.usableMs);
    this.timer = setInterval(() => void this.beat(), deps.beatSeconds * 1000);
  }

  /** A third of the lease is kept for ending what runs. */
  private get usableMs(): number {
    return (this.deps.leaseSeconds * 1000 * 2) / 3;
  }

  get stepName(): string {
    return this.name;
  }

  /**
   * While `continues`, only another holder ends the work, not the loss of our database. With `outlives` its children
   * are left to the next worker when this one is told to end.
   */
  setContinues(continues: boolean, outlives = false): void {
    this.continues = continues;
    this.outlives = outlives;
  }

  /** Whether children of the present step may be adopted by a later worker: never those of a `once` step. */
  get mayBeAdopted(): boolean {
    return this.outlives;
  }

  /** The work was stopped because this worker ends, and the step's children go on without it. */
  get leavesChildren(): boolean {
    return this.leaving && this.outlives;
  }

  get doesContinue(): boolean {
    return this.continues;
  }

  /** @throws PlumblineError `lease-lost` when somebody else may hold the run by now. To be asked before each effect. */
  check(): void {
    if (this.isLost()) throw leaseLost(this.held);
  }

  /** Past its deadline a hold is lost for good: the guard may have ended children of it by then. */
  isLost(): boolean {
    if (!this.lost && !this.continues && performance.now() > this.deadline) this.lose();
    return this.lost;
  }

  requestCancel(): void {
    this.cancelRequested = true;
    if (!this.cancelIgnored) this.abort.abort(new PlumblineError('cancelled', 'The run was cancelled.'));
  }

  stopWork(): void {
    this.leaving = true;
    this.abort.abort(new PlumblineError('cancelled', 'This worker is stopping.', { detail: 'stopping' }));
  }

  async beat(): Promise<void> {
    if (this.beating || this.isLost()) return;
    this.beating = true;
    const began = performance.now();
    try {
      const { held, cancelRequested } = await renewLease(this.deps.db, this.held, this.deps.leaseSeconds);
      if (!held) {
        this.lose();
        return;
      }
      if (this.isLost()) return;
      this.deadline = began + this.usableMs;
      this.deps.guard.beat(this.name, this.usableMs - (performance.now() - began));
      if (cancelRequested && !this.cancelRequested) this.requestCancel();
    } catch (error) {
      this.deps.log.warn({ err: error, run: this.held.runId }, 'the lease could not be renewed');
      this.isLost();
    } finally {
      this.beating = false;
    }
  }

  private lose(): void {
    if (this.lost) return;
    this.lost = true;
    clearInterval(this.timer);
    this.abort.abort(leaseLost(this.held));
  }

  end(): void {
    clearInterval(this.timer);
    this.deps.guard.over(this.name);
  }
}
