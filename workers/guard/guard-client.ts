import { AsyncLocalStorage } from 'node:async_hooks';
import type { Log } from '@/lib/base/server/log';
import { type Companion, startCompanion } from '@/lib/tools/process-companion';
import { observeProcessGroups, type ProcessGroup } from '@/lib/tools/process-groups';
import type { GuardMessage } from '@/workers/guard/messages';

/** Whose step is running here: every child that is started within belongs to it. */
export interface StepScope {
  guard: GuardClient;
  /** `run/epoch` */
  run: string;
  continues(): boolean;
  /** Of a spooled child: the file that decides who goes on with it after us. */
  heir?: string;
  /** Remembers a child for those who find the run's directory after us. */
  recordGroup(group: ProcessGroup): void;
}

export const stepScope = new AsyncLocalStorage<StepScope>();

export interface GuardClient {
  /** The bundle that the guard runs from; its other part is the supervisor of spooled children. */
  readonly script: string;
  beat(run: string, forMs: number): void;
  over(run: string): void;
  /** Lets the guard end with this process's children. */
  stop(): void;
}

/**
 * Starts the guard and tells it of every child group that a step of ours starts. A guard that dies is started again
 * and told what lives.
 */
export function startGuard(
  script: string,
  log: Log,
  { graceMs = 10_000, adoptMs = 600_000 } = {},
): GuardClient {
  const live = new Map<number, Extract<GuardMessage, { group: ProcessGroup }>>();
  const beats = new Map<string, { until: number }>();
  let companion: Companion | undefined;
  let stopped = false;
  let starts = 0;

  const tell = (message: GuardMessage) => companion?.tell(message);
  const start = () => {
    starts += 1;
    companion = startCompanion([process.execPath, script, String(graceMs), String(adoptMs)], () => {
      companion = undefined;
      if (stopped) return;
      log.error({ starts }, 'the guard ended; it is started again');
      setTimeout(start, Math.min(5_000, 100 * starts)).unref();
    });
    for (const [run, beat] of beats) {
      tell({ beat: run, forMs: Math.max(0, beat.until - performance.now()) });
    }
    for (const message of live.values()) tell(message);
  };
  start();

  const unobserve = observeProcessGroups({
    started: (group) => {
      const scope = stepScope.getStore();
      if (scope?.guard !== client) return;
      scope.recordGroup(group);
      const message = { group, run: scope.run, continues: scope.continues(), heir: scope.heir };
      live.set(group.groupId, message);
      tell(message);
    },
    ended: (groupId) => {
      if (live.delete(groupId)) tell({ ended: groupId });
    },
  });

  const client: GuardClient = {
    script,
    beat: (run, forMs) => {
      beats.set(run, { until: performance.now() + forMs });
      tell({ beat: run, forMs });
    },
    over: (run) => {
      beats.delete(run);
      tell({ over: run });
    },
    stop: () => {
      stopped = true;
      unobserve();
      companion?.end();
    },
  };
  return client;
}
