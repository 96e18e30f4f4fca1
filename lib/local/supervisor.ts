import { messageOf } from '@/lib/base/errors';
import { type RunningTool, type StartToolOptions, startTool } from '@/lib/tools/process';

export interface SupervisedOptions extends StartToolOptions {
  /** As a person reads it: `worker`. */
  name: string;
  onEvent(text: string): void;
  /** First wait before a restart; doubled up to `maxDelayMs`. */
  firstDelayMs?: number;
  maxDelayMs?: number;
  /** After this time alive an end counts as the first one again. */
  steadyMs?: number;
  /** How long it gets to end by itself when we stop. */
  graceMs?: number;
}

export interface Supervised {
  pid(): number | undefined;
  restarts(): number;
  stop(): Promise<void>;
}

/**
 * Keeps a program running: when it ends, it is started again after 1, 2, 4 … 30 s. `onEvent` hears of each end, so
 * that a person sees why a page went quiet. The first start fails as `startTool` does.
 */
export async function supervise(options: SupervisedOptions): Promise<Supervised> {
  const { firstDelayMs = 1_000, maxDelayMs = 30_000, steadyMs = 60_000 } = options;
  let stopping = false;
  let restarts = 0;
  let delayMs = firstDelayMs;
  let running: RunningTool | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function start(): Promise<void> {
    const startedAt = Date.now();
    const tool = await startTool(options);
    running = tool;
    if (stopping) await tool.stop(options.graceMs);
    tool.exited.then(({ exitCode, exitSignal }) => {
      running = undefined;
      if (stopping) return;
      if (Date.now() - startedAt > steadyMs) delayMs = firstDelayMs;
      again(exitSignal ? `was ended by ${exitSignal}` : `ended with code ${exitCode}`);
    });
  }

  function again(why: string): void {
    const log = options.logFile ? `; its log is ${options.logFile}` : '';
    options.onEvent(`${options.name} ${why}: it starts again in ${delayMs / 1000} s${log}`);
    timer = setTimeout(() => {
      restarts += 1;
      start().catch((error) => again(`could not start (${messageOf(error)})`));
    }, delayMs);
    delayMs = Math.min(delayMs * 2, maxDelayMs);
  }

  await start();
  return {
    pid: () => running?.pid,
    restarts: () => restarts,
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      await running?.stop(options.graceMs);
    },
  };
}
