import { expect, test } from 'vitest';
import { bucketMs, chartRows } from '@/components/charts/chart-rows';

const line = (id: string, points: [number, number | null][]) => ({ id, label: id, points });

test('a hole in a line stays a hole and is never zero', () => {
  const rows = chartRows(
    [
      line('a', [
        [0, 5],
        [1000, 6],
        [9000, 7],
      ]),
    ],
    1000,
  );
  expect(rows.map((row) => [row.at, row.a])).toEqual([
    [0, 5],
    [1000, 6],
    [2000, null],
    [9000, 7],
  ]);
});

test('what could not be measured breaks the line where it was', () => {
  const rows = chartRows(
    [
      line('a', [
        [0, 5],
        [1000, null],
        [2000, 7],
      ]),
    ],
    1000,
  );
  expect(rows.map((row) => row.a)).toEqual([5, null, 7]);
});

test('databases that are read some moments apart share their rows, and one missed round is bridged', () => {
  const rows = chartRows(
    [
      line('a', [
        [100, 1],
        [1100, 2],
        [2100, 3],
      ]),
      line('b', [
        [300, 8],
        [2300, 9],
      ]),
    ],
    1000,
  );
  expect(rows).toEqual([
    { at: 0, a: 1, b: 8 },
    { at: 1000, a: 2, b: 8 },
    { at: 2000, a: 3, b: 9 },
  ]);
});

test('a line that begins later than another has nothing before', () => {
  const rows = chartRows(
    [
      line('a', [
        [0, 1],
        [1000, 2],
        [2000, 3],
      ]),
      line('b', [[2000, 4]]),
    ],
    1000,
  );
  expect(rows.map((row) => row.b)).toEqual([null, null, 4]);
});

test('buckets are never finer than the cadence and keep a month drawable', () => {
  expect(bucketMs(0, 3_600_000, 10)).toBe(10_000);
  expect((30 * 86_400_000) / bucketMs(0, 30 * 86_400_000, 10)).toBeLessThanOrEqual(360);
});
