import { expect, test } from 'vitest';
import { supervise } from '@/lib/local/supervisor';
import { sendSignal } from '@/lib/tools/process-groups';

async function until(isTrue: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('a killed program is started again and the event names it', async () => {
  const events: string[] = [];
  const worker = await supervise({
    name: 'worker',
    argv: ['sleep', '60'],
    firstDelayMs: 20,
    onEvent: (text) => events.push(text),
  });
  const first = worker.pid() as number;
  sendSignal(first, 'SIGKILL');
  await until(() => worker.pid() !== undefined && worker.pid() !== first, 'a second start');
  expect(events).toEqual([expect.stringContaining('worker was ended by SIGKILL')]);
  await worker.stop();
  expect(worker.pid()).toBeUndefined();
  expect(worker.restarts()).toBe(1);
});

test('a program that ends at once is started less and less often', async () => {
  const waits: number[] = [];
  const broken = await supervise({
    name: 'broken',
    argv: ['false'],
    firstDelayMs: 10,
    maxDelayMs: 40,
    onEvent: (text) => waits.push(Number(/in ([\d.]+) s/.exec(text)?.[1])),
  });
  await until(() => waits.length >= 4, 'four ends');
  await broken.stop();
  expect(waits.slice(0, 4)).toEqual([0.01, 0.02, 0.04, 0.04]);
});
