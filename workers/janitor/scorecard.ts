import type { Logger } from 'pino';
import { criteria } from '@/lib/registry/criteria.gen';
import { newestProof } from '@/lib/store/criterion-results';
import type { Store } from '@/lib/store/db';
import type { Notifier } from '@/lib/store/notify';
import { whileAlone } from '@/lib/store/while-alone';
import { evaluateScorecard } from '@/workers/janitor/evaluate-scorecard';
import { WindowMemory } from '@/workers/janitor/window-memory';

export interface ScorecardOptions {
  db: Store;
  log: Logger;
  notifier: Pick<Notifier, 'hint'>;
  /** Seconds between two evaluations when nothing happens; 60 unless said. */
  everySeconds?: number;
  /** Seconds between two looks for new evidence, which is judged at once; 2 unless said. */
  watchSeconds?: number;
}

/** One evaluation at a time over all workers: the key is an arbitrary number of ours. */
const lockKey = 7_415_203;

/**
 * Keeps the scorecard: judges all criteria at an interval, and as soon as a run stored evidence or a backup, by
 * whichever worker. Starts at once; `stop` waits for the evaluation that runs.
 */
export function startScorecard(options: ScorecardOptions): { stop(): Promise<void> } {
  const { db, log, notifier } = options;
  const everyMs = (options.everySeconds ?? 60) * 1000;
  const watchMs = (options.watchSeconds ?? 2) * 1000;
  const memory = new WindowMemory();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let evaluatedAt = Number.NEGATIVE_INFINITY;
  let judged: number | undefined;
  let away = false;

  async function tick(): Promise<void> {
    try {
      const newest = await newestProof(db);
      const due = performance.now() - evaluatedAt >= everyMs;
      if (due || newest !== judged) {
        const changed = await whileAlone(db, lockKey, () =>
          evaluateScorecard(db, criteria, log, { memory, isStopped: () => stopped }),
        );
        // Another worker was at it: what it did not see yet is seen at the next look.
        if (changed) {
          judged = newest;
          evaluatedAt = performance.now();
          for (const clusterId of changed) notifier.hint('scorecard', clusterId);
        }
      }
      away = false;
    } catch (error) {
      // Our database restarts now and then; said once, not every two seconds.
      if (!away && !stopped) log.warn({ err: error }, 'the scorecard could not be judged; it is tried again');
      away = true;
    }
  }

  async function loop(): Promise<void> {
    await tick();
    if (!stopped) timer = setTimeout(() => void next(), watchMs);
  }
  let running = loop();
  function next(): void {
    running = loop();
  }

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
