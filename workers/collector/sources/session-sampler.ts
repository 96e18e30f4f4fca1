import type { InstanceSession } from '@/lib/instance/connect';
import { takeTurn } from '@/lib/instance/transaction';
import { type LoadBucket, loadBucketSeconds } from '@/lib/store/load';
import { LoadFold } from '@/workers/collector/sources/load-fold';
import { OidNames } from '@/workers/collector/sources/oid-names';
import { sampleSql } from '@/workers/collector/sources/session-sql';

const everyMs = 1_000;
/** As a check's: a busy server is not told to stop each second. The seconds until it answers are missed. */
const deadlineMs = 5_000;
const bucketMs = loadBucketSeconds * 1000;
/** Without a round of the collector for so long the server is away: nothing is asked and nothing is counted. */
const aloneAtMostMs = 60_000;
/** Ten minutes that could not be stored; older ones become a gap. */
const bucketsAtMost = 60;

/**
 * Samples the sessions of an instance each second by its own clock, on the connection that the checks use: a sample is
 * one short statement that goes between two of their transactions. One that has not come back is not followed by
 * another; each second that passes meanwhile counts as missed.
 */
export class SessionSampler {
  private session: InstanceSession | undefined;
  /** The login that watches: its own session is no load. */
  private user = '';
  private readonly names = new OidNames();
  private attachedAt = 0;
  private timer: NodeJS.Timeout | undefined;
  private isBusy = false;
  private readonly folds = new Map<number, LoadFold>();

  constructor(private readonly now: () => number = () => Date.now()) {}

  /** Goes on with this session; the first time it starts. Called at each round of the collector. */
  attach(session: InstanceSession, user: string): void {
    this.session = session;
    this.user = user;
    this.attachedAt = performance.now();
    if (this.timer === undefined) this.schedule();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.session = undefined;
  }

  /** Complete buckets, oldest first; they stay until `forget`. */
  complete(): LoadBucket[] {
    const begun = Math.floor(this.now() / bucketMs) * bucketMs;
    const done = [...this.folds].filter(([start]) => start < begun);
    return done.map(([start, fold]) => fold.bucket(new Date(start).toISOString()));
  }

  /** What is stored by now. */
  forget(buckets: readonly LoadBucket[]): void {
    const last = Math.max(...buckets.map(({ at }) => Date.parse(at)));
    for (const start of this.folds.keys()) if (start <= last) this.folds.delete(start);
  }

  private schedule(): void {
    this.timer = setTimeout(() => this.tick(), everyMs - (this.now() % everyMs));
  }

  private tick(): void {
    this.schedule();
    if (performance.now() - this.attachedAt > aloneAtMostMs) {
      this.stop();
      return;
    }
    if (this.isBusy || !this.session?.isOpen()) {
      this.fold().missed += 1;
      return;
    }
    this.isBusy = true;
    void this.sample(this.session).finally(() => {
      this.isBusy = false;
    });
  }

  private async sample(session: InstanceSession): Promise<void> {
    try {
      const rows = await takeTurn(session, async () => {
        const sampled = await session.query(sampleSql, [], { deadlineMs });
        return this.names.named(session, sampled, deadlineMs);
      });
      this.fold().add(rows.filter((row) => row.application !== 'plumbline' || row.username !== this.user));
    } catch {
      // Why it failed is for the checks on the same connection to say; here it is a second that was not seen.
      this.fold().missed += 1;
    }
  }

  private fold(): LoadFold {
    const start = Math.floor(this.now() / bucketMs) * bucketMs;
    const known = this.folds.get(start);
    if (known) return known;
    const fold = new LoadFold();
    this.folds.set(start, fold);
    const oldest = this.folds.keys().next().value;
    if (this.folds.size > bucketsAtMost && oldest !== undefined) this.folds.delete(oldest);
    return fold;
  }
}
