import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DueTimes, Pace } from '@/workers/collector/pace';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Runs rounds that take so long each and gives when each began. */
async function rounds(pace: Pace, lengths: number[]): Promise<number[]> {
  const began: number[] = [];
  const start = performance.now();
  for (const length of lengths) {
    began.push(Math.round(performance.now() - start));
    await vi.advanceTimersByTimeAsync(length);
    const waiting = pace.wait();
    await vi.advanceTimersToNextTimerAsync();
    await waiting;
  }
  return began;
}

test('rounds begin at regular times however long each takes', async () => {
  const began = await rounds(new Pace(1000), [0, 400, 900, 10]);
  expect(began).toEqual([0, 1000, 2000, 3000]);
});

test('a round that took too long is followed at once, and by no burst after it', async () => {
  const began = await rounds(new Pace(1000), [0, 5000, 0, 0]);
  const [, second, third, fourth] = began;
  expect((third ?? 0) - (second ?? 0)).toBeLessThanOrEqual(5001);
  expect((fourth ?? 0) - (third ?? 0)).toBeGreaterThanOrEqual(999);
});

test('a wake ends the wait, also when it came before it', async () => {
  const pace = new Pace(60_000);
  pace.wake();
  await pace.wait();
  const waiting = pace.wait();
  pace.wake();
  await waiting;
  expect(vi.getTimerCount()).toBe(0);
});

test('a check is due by its cadence, a little early rather than a round late', () => {
  let now = 100;
  const due = new DueTimes(() => now);
  expect(due.isDue('a', 5)).toBe(true);
  due.done('a', 60);
  now = 150;
  expect(due.isDue('a', 5)).toBe(false);
  now = 156;
  expect(due.isDue('a', 5)).toBe(true);
  due.done('a', 60);
  now = 214;
  expect(due.isDue('a', 5)).toBe(false);
  now = 216;
  expect(due.isDue('a', 5)).toBe(true);
  now = 5000;
  due.done('a', 60);
  now = 5050;
  expect(due.isDue('a', 5)).toBe(false);
});
