import { expect, test } from 'vitest';
import { canRead, readSample, silentSince } from '@/lib/engine/can-read';
import { countVerdicts } from '@/lib/store/standby-states';

const patience = { hotStandbyFeedback: true, standbyDelaySeconds: -1 };
const sampleAt = (at: number) =>
  readSample(at, { state: 'in-step', lagSeconds: 0, unknownReason: null }, 0, patience);
const verdicts = (samples: ReturnType<typeof sampleAt>[], now: number) => {
  const verdict = canRead(samples, 'read', 5_000, now);
  return { read: verdict, analytics: verdict, background: verdict };
};

test('who was ready and then was not measured any more has become unready, and is counted when somebody measures again', () => {
  const first = countVerdicts({}, verdicts([sampleAt(0)], 0), 'at 0');
  expect(first.read).toMatchObject({ ready: true, becameReady: 0, becameUnready: 0 });

  // Two rounds of the collector are no silence.
  expect(silentSince([sampleAt(0)], 20_000)).toBeUndefined();
  expect(countVerdicts(first, verdicts([sampleAt(20_000)], 20_000), 'at 20').read).toEqual(first.read);

  expect(canRead([sampleAt(0)], 'read', 5_000, 60_000).ready).toBe(false);
  expect(silentSince([sampleAt(0)], 60_000)).toBe(25_000);
  const back = countVerdicts(first, verdicts([sampleAt(60_000)], 60_000), 'at 60', 'at 25');
  expect(back.read).toMatchObject({ ready: true, since: 'at 60', becameReady: 1, becameUnready: 1 });

  // Back, and with a fault: unready since the silence, counted once.
  const cut = readSample(60_000, { state: 'cut', lagSeconds: 9, unknownReason: null }, 0, patience);
  const worse = countVerdicts(first, verdicts([cut], 60_000), 'at 60', 'at 25');
  expect(worse.read).toMatchObject({ ready: false, since: 'at 25', becameReady: 0, becameUnready: 1 });
  expect(silentSince([], 60_000)).toBeUndefined();
});
