import { sql } from 'kysely';
import type { Logger } from 'pino';
import { criteria } from '@/lib/registry/criteria.gen';
import type { Store } from '@/lib/store/db';
import type { Notifier } from '@/lib/store/notify';
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
  let judged: string | undefined;
  let away = false;

  async function tick(): Promise<void> {
    try {
      const newest = await newestProof(db);
      const due = performance.now() - evaluatedAt >= everyMs;
      if (due || newest !== judged) {
        const changed = await alone(db, () =>
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

/** Names the newest evidence and backup: both have ids that grow with time. */
async function newestProof(db: Store): Promise<string> {
  const { rows } = await sql<{ newest: string }>`
    select concat(
      (select id from evidence order by id desc limit 1), ' ',
      (select id from backups order by id desc limit 1)
    ) as newest`.execute(db);
  return rows[0]?.newest ?? '';
}

/** Runs it while this process holds the lock; undefined when another one does. */
async function alone<T>(db: Store, work: () => Promise<T>): Promise<T | undefined> {
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{ held: boolean }>`select pg_try_advisory_lock(${lockKey}) as held`.execute(
      connection,
    );
    if (!rows[0]?.held) return undefined;
    try {
      return await work();
    } finally {
      await sql`select pg_advisory_unlock(${lockKey})`.execute(connection);
    }
  });
}
