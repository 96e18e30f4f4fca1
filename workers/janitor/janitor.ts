import { type Follower, requestFollowUps } from '@/lib/store/follow-ups';
import { forgetOldHistory } from '@/lib/store/old-history';
import { removeOldOutbox } from '@/lib/store/outbox';
import { failStalePlans, waitingPlanRequests } from '@/lib/store/plans';
import { forgetReads } from '@/lib/store/read-answers';
import { cancelledWhileQueued } from '@/lib/store/runs';
import { fireNextSchedule, followBackups, settleFirings } from '@/lib/store/schedule-firings';
import { isEpochAlive, mayBeAdopted } from '@/lib/store/take-over';
import { sweepTypedCopies } from '@/lib/store/typed-copies';
import { removeOldWorkers } from '@/lib/store/workers';
import { takeOverDeadRuns } from '@/workers/janitor/take-over';
import { findJob, type RunnerDeps } from '@/workers/runner/deps';
import { type Planner, planDeadlineSeconds } from '@/workers/runner/planner';
import { findRunDirectories, hasSpool, ownerState, removeRunDirectory } from '@/workers/runner/run-directory';
import type { Runner } from '@/workers/runner/runner';

const houseworkEveryMs = 3600_000;
const scheduleEveryMs = 5_000;

export interface Janitor {
  /** Does one round now: for the first start, and for tests. */
  reconcile(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Puts right what crashes, a lost Redis or a lost NOTIFY have left: runs and plans without a wake-up, holders that are
 * gone, directories of dead epochs, schedules that are due. Every worker does it; the rows decide who wins.
 */
export function startJanitor(
  deps: RunnerDeps,
  runner: Runner,
  planner: Planner,
  queues: readonly string[],
): Janitor {
  const { db, log } = deps;
  const each = async (what: string, act: () => Promise<unknown>) => {
    try {
      await act();
    } catch (error) {
      log.warn({ err: error, what }, 'a part of the reconciliation failed; it is tried again');
    }
  };

  const fire = async () => {
    const kindOf = (kind: string) => {
      const definition = findJob(deps.jobs, kind);
      return (
        definition && {
          version: definition.version,
          choices: definition.choices ?? {},
          where: definition.where,
        }
      );
    };
    await followBackups(db);
    while (await fireNextSchedule(db, kindOf)) {
      // One transaction each, until none is due.
    }
    await settleFirings(db);
    await requestFollowUps(db, followersOf(deps));
  };

  const reconcile = async () => {
    await each('dead leases', () => takeOverDeadRuns(deps, (id) => runner.heldRuns().includes(id)));
    await each('queued runs', () => runner.offerWaiting(deps.reconcileSeconds));
    await each('cancelled', async () => {
      for (const id of await cancelledWhileQueued(db)) runner.offer(id);
    });
    await each('plans', async () => {
      await failStalePlans(db, planDeadlineSeconds + 30);
      for (const id of await waitingPlanRequests(db, queues, deps.reconcileSeconds)) planner.offer(id);
    });
    await each('answers', () => forgetReads(db));
    await each('typed copies', () => sweepTypedCopies(db));
    await each('directories', () => removeOrphans(deps));
  };
  const housework = async () => {
    await each('old rows', async () => {
      await removeOldOutbox(db);
      await removeOldWorkers(db);
      while ((await forgetOldHistory(db)) > 0) {}
    });
  };

  const beats = [
    every(deps.reconcileSeconds * 1000, reconcile),
    every(Math.min(scheduleEveryMs, deps.reconcileSeconds * 1000), () => each('schedules', fire)),
    every(houseworkEveryMs, housework),
  ];
  return {
    reconcile: async () => {
      await reconcile();
      await each('schedules', fire);
    },
    stop: async () => {
      await Promise.all(beats.map((stop) => stop()));
    },
  };
}

/** Which kinds have one that has to follow, and that one. */
function followersOf({ jobs }: RunnerDeps): Map<string, Follower> {
  const found = new Map<string, Follower>();
  for (const kind of Object.keys(jobs)) {
    const next = findJob(jobs, kind)?.next;
    const follower = next && findJob(jobs, next.job);
    if (!next || !follower) continue;
    const { choices = {}, where } = follower;
    // The input of a stored run was read by the kind's schema when it was planned.
    found.set(kind, { kind: next.job, choices, where, input: next.input as Follower['input'] });
  }
  return found;
}

/** Directories of epochs that nobody carries on: their processes are ended, then they are removed. */
async function removeOrphans(deps: RunnerDeps): Promise<void> {
  for (const found of findRunDirectories(deps.workDir)) {
    if (ownerState(found.marker) === 'alive') continue;
    // What its process was doing may still be taken over, or it is in another container.
    if (await isEpochAlive(deps.db, found.marker.runId, found.marker.epoch)) continue;
    // Its children may outlive it, and the run is about to be taken by somebody who adopts them.
    const { runId, epoch } = found.marker;
    if (hasSpool(found) && (await mayBeAdopted(deps.db, runId, epoch, deps.worker.name))) continue;
    await removeRunDirectory(found);
    deps.log.info({ run: found.marker.runId, epoch: found.marker.epoch }, 'removed what a lost run left');
  }
}

/** Calls `act` again and again, never twice at once. Stopping waits for the one that runs. */
function every(ms: number, act: () => Promise<void>): () => Promise<void> {
  let stopped = false;
  let wake: () => void = () => undefined;
  const loop = (async () => {
    while (!stopped) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (!stopped) await act();
    }
  })();
  return async () => {
    stopped = true;
    wake();
    await loop;
  };
}
