import type { Stoppable } from '@/lib/local/console-servers';

/** What must still work while a part ends: applications go before the servers that they use. */
export type ShutdownPhase = 'applications' | 'servers' | 'console';
const phases: ShutdownPhase[] = ['applications', 'servers', 'console'];

/** Everything that was started, and the way to end it in order. */
export interface Shutdown {
  add(phase: ShutdownPhase, part: Stoppable): Promise<void>;
  /** Ends all parts, those of one phase at once. What is added meanwhile is ended at once too. */
  all(): Promise<void>;
}

export function createShutdown(onError: (error: unknown) => void): Shutdown {
  const parts: Record<ShutdownPhase, Stoppable[]> = { applications: [], servers: [], console: [] };
  let stopping = false;
  return {
    add: async (phase, part) => {
      if (stopping) await part.stop();
      else parts[phase].push(part);
    },
    all: async () => {
      stopping = true;
      for (const phase of phases) {
        await Promise.all(parts[phase].map((part) => part.stop().catch(onError)));
      }
    },
  };
}

/**
 * Resolves with the reason when we are asked to end: Ctrl-C, TERM, a closed terminal, or the end of the process that
 * started us. A second signal ends us at once; the reaper cleans up then.
 */
export function waitForEnd(watchParent: (onEnd: () => void) => () => void): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        resolve(signal);
      });
    }
    watchParent(() => {
      asked = true;
      resolve('the end of its parent');
    });
  });
}
