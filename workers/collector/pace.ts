/** Times of a loop on a clock that never goes back: regular, never overlapping, never catching up in a burst. */
export class Pace {
  private dueAt = 0;
  private wakeUp: (() => void) | undefined;
  private woken = false;

  constructor(
    private readonly everyMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Ends the wait at once; the next round follows a whole interval later. */
  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  /** Waits until the next round; a round that took longer than the interval is followed at once, and once only. */
  async wait(delayMs = this.everyMs): Promise<void> {
    // Readers of many servers must not march in step; some per cent keep them apart.
    const jittered = delayMs * (0.97 + Math.random() * 0.06);
    const now = this.now();
    this.dueAt = Math.max(now, (this.dueAt === 0 ? now : this.dueAt) + jittered);
    if (!this.woken) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.dueAt - now);
        this.wakeUp = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wakeUp = undefined;
    }
    if (this.woken) this.dueAt = this.now();
    this.woken = false;
  }
}

/** When each check is due again, by a name. */
export class DueTimes {
  private readonly next = new Map<string, number>();

  constructor(private readonly now: () => number = () => performance.now() / 1000) {}

  /** A check is due a little early rather than one whole round late. */
  isDue(name: string, slackSeconds: number): boolean {
    return (this.next.get(name) ?? 0) <= this.now() + slackSeconds;
  }

  done(name: string, everySeconds: number): void {
    const now = this.now();
    const planned = (this.next.get(name) ?? now) + everySeconds;
    this.next.set(
      name,
      Math.abs(planned - now - everySeconds) < everySeconds / 2 ? planned : now + everySeconds,
    );
  }

  clear(): void {
    this.next.clear();
  }
}
