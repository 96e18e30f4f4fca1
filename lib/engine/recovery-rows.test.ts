import { expect, test } from 'vitest';
import { holeRows } from '@/lib/engine/recovery-rows';
import { recoveryWindow } from '@/lib/engine/recovery-window';
import { noRepositoryLook } from '@/lib/engine/repository-look';

function windowOf(...stretches: [number, number][]) {
  const [window] = recoveryWindow({
    ranges: stretches.map(([first, last]) => ({
      ...{ timeline: 1, first, last },
      ...{ firstAt: first * 60, lastAt: last * 60 },
    })),
    branches: [],
    current: 1,
    backups: [{ id: 'b', timeline: 1, first: 2, last: 2, startedAt: 100, stoppedAt: 110, isGood: true }],
  });
  return window;
}

test('a hole that another repository can restore over is milder, and says so', () => {
  const holed = windowOf([1, 49], [51, 100]);
  const whole = windowOf([1, 100]);
  if (!whole || !holed) throw new Error('no window');
  expect(holeRows(1, noRepositoryLook, holed)).toMatchObject([
    { severity: 2, effect: expect.stringContaining('Nothing written after 1970-01-01 00:49 UTC') },
  ]);
  expect(holeRows(1, noRepositoryLook, holed, [whole])).toMatchObject([
    { severity: 1, effect: expect.stringContaining('Another repository holds it') },
  ]);
  expect(holeRows(1, noRepositoryLook, holed, [holed])).toMatchObject([{ severity: 2 }]);
  const shorter = windowOf([1, 30]);
  expect(holeRows(1, noRepositoryLook, holed, shorter ? [shorter] : [])).toMatchObject([{ severity: 2 }]);
});
