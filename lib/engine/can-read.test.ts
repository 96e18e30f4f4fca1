import { expect, test } from 'vitest';
import { canRead, keptSamples, type ReadSample, readClasses, readSample } from '@/lib/engine/can-read';

const now = 1_800_000_000_000;
const patient = { hotStandbyFeedback: true, standbyDelaySeconds: 30 };
const seen = (secondsAgo: number, lagSeconds: number | null, state = 'in-step' as const): ReadSample =>
  readSample(now - secondsAgo * 1000, { state, lagSeconds, unknownReason: null }, 0.01, patient);

test('ready within the limit, which counts how far apart the positions were read', () => {
  const samples = [seen(10, 0), seen(0, 4.99)];
  expect(canRead(samples, 'read', 5_000, now)).toEqual({ ready: true, reason: null });
  expect(canRead([seen(0, 4.995)], 'read', 5_000, now)).toMatchObject({ ready: false });
  expect(canRead(samples, 'read', 1_000, now).reason).toContain('above the limit of 1 s');
});

test('out at once, back only after half a minute without a fault', () => {
  const samples = [seen(25, 0), seen(15, 9), seen(5, 0)];
  expect(canRead([seen(0, 9)], 'read', 5_000, now).ready).toBe(false);
  expect(canRead(samples, 'read', 5_000, now).reason).toContain('15 s more');
  expect(canRead([seen(31, 9), seen(20, 0), seen(1, 0)], 'read', 5_000, now).ready).toBe(true);
  // Whoever allows more was never refused.
  expect(canRead(samples, 'read', 10_000, now).ready).toBe(true);
});

test('not knowing is no: nothing measured, an old measurement, no lag in seconds, an unknown primary', () => {
  expect(canRead([], 'background', 5_000, now)).toMatchObject({ ready: false });
  expect(canRead([seen(26, 0)], 'background', 5_000, now).reason).toContain('26 s ago');
  expect(canRead([seen(0, null)], 'background', 5_000, now).reason).toContain('not known');
  const unknown = { state: 'unknown' as const, lagSeconds: null, unknownReason: 'one does not answer' };
  const sample = readSample(now, unknown, 0, patient);
  for (const each of readClasses)
    expect(canRead([sample], each, 5_000, now).reason).toBe('one does not answer');
});

test('each class has its own faults', () => {
  const ready = (state: 'cut' | 'paused' | 'stalled' | 'diverged', lagSeconds: number | null = 0) => {
    const sample = readSample(now, { state, lagSeconds, unknownReason: null }, 0, patient);
    return readClasses.filter((each) => canRead([sample], each, 5_000, now).ready);
  };
  expect(ready('cut')).toEqual(['background']);
  expect(ready('paused')).toEqual(['analytics', 'background']);
  expect(ready('stalled')).toEqual(['analytics', 'background']);
  expect(ready('diverged')).toEqual([]);
  const hasty = { hotStandbyFeedback: false, standbyDelaySeconds: 30 };
  const sample = readSample(now, { state: 'in-step', lagSeconds: 0, unknownReason: null }, 0, hasty);
  expect(canRead([sample], 'read', 5_000, now).ready).toBe(true);
  expect(canRead([sample], 'analytics', 5_000, now).reason).toContain('cancels queries after 30 s');
  const waits = readSample(now, { state: 'in-step', lagSeconds: 0, unknownReason: null }, 0, {
    hotStandbyFeedback: false,
    standbyDelaySeconds: -1,
  });
  expect(canRead([waits], 'analytics', 5_000, now).ready).toBe(true);
});

test('only samples that a verdict may still need are kept', () => {
  expect(keptSamples([seen(60, 0), seen(50, 0), seen(0, 0)], now).length).toBe(2);
});
