import { messageOf } from '@/lib/base/errors';
import { dumpConsole, keptDumps } from '@/lib/local/console/dump';
import { listConsoleDumps } from '@/lib/store/console-dumps';
import { openStore } from '@/lib/store/db';

const minuteMs = 60_000;
/** The first minutes belong to what people came for. */
const settleMs = 10 * minuteMs;
const afterFailureMs = 60 * minuteMs;
const nightHour = 3;

/**
 * When the next dump is due: at three in the morning by this machine's clock, once a night. A night that was missed is
 * made good ten minutes after the start; after a failure it is tried again in an hour.
 */
export function nextDumpAt(
  last: { state: string; finishedAt: string } | undefined,
  lastGoodAt: string | undefined,
  startedAt: Date,
): Date {
  const settled = new Date(startedAt.getTime() + settleMs);
  if (!lastGoodAt) {
    const retry = last ? Date.parse(last.finishedAt) + afterFailureMs : 0;
    return new Date(Math.max(settled.getTime(), retry));
  }
  const due = new Date(lastGoodAt);
  due.setHours(nightHour, 0, 0, 0);
  if (due <= new Date(lastGoodAt)) due.setDate(due.getDate() + 1);
  const isFailed = last?.state === 'failed' && last.finishedAt > lastGoodAt;
  const retry = isFailed ? Date.parse(last.finishedAt) + afterFailureMs : 0;
  return new Date(Math.max(due.getTime(), settled.getTime(), retry));
}

/** Dumps the console's database each night for as long as it is up. A failure is a row, a line, and tried again. */
export function startConsoleDumps(options: {
  ownerUrl: string;
  folder: string;
  keyFile: string;
  onEvent(text: string): void;
}): { stop(): Promise<void> } {
  const { ownerUrl, folder, keyFile, onEvent } = options;
  const startedAt = new Date();
  const controller = new AbortController();
  let running: Promise<void> = Promise.resolve();
  const look = async () => {
    const { db, close } = openStore(ownerUrl, { applicationName: 'plumbline-dump', max: 1 });
    const tries = await listConsoleDumps(db, 50).finally(close);
    const good = tries.find(({ state }) => state !== 'failed');
    if (nextDumpAt(tries[0], good?.finishedAt, startedAt) > new Date()) return;
    const { signal } = controller;
    const dump = await dumpConsole({ ownerUrl, folder, keep: keptDumps, keyFile, signal });
    onEvent(`console database dumped to ${dump.path}`);
  };
  const timer = setInterval(() => {
    running = running.then(look).catch((error: unknown) => {
      if (!controller.signal.aborted) onEvent(`console database not dumped: ${messageOf(error)}`);
    });
  }, minuteMs);
  return {
    stop: async () => {
      clearInterval(timer);
      controller.abort();
      await running;
    },
  };
}
