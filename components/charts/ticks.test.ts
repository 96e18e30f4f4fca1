import { expect, test } from 'vitest';
import { timeTicks, valueTicks, valueTickText } from '@/components/charts/ticks';
import { valueAxis } from '@/components/charts/value-axis';

const texts = (high: number, unit: 'seconds' | 'bytes' | 'milliseconds' | 'count') => {
  const ticks = valueTicks(0, high, unit);
  return ticks.map((tick) => valueTickText(tick, high, unit));
};

test('an axis counts in one unit: times in the one that fits, bytes in powers of two', () => {
  expect(texts(75, 'seconds')).toEqual(['0 s', '20 s', '40 s', '60 s', '80 s']);
  expect(texts(7000, 'seconds')).toEqual(['0 min', '50 min', '100 min', '150 min']);
  expect(texts(3.1 * 2 ** 30, 'bytes')).toEqual(['0 B', '1 GB', '2 GB', '3 GB', '4 GB']);
  expect(texts(0.8, 'milliseconds')).toEqual(['0 ms', '0.2 ms', '0.4 ms', '0.6 ms', '0.8 ms']);
  expect(texts(2, 'count')).toEqual(['0', '1', '2']);
});

test('a line of zeros still has an axis', () => {
  expect(valueTicks(0, 0, 'count')).toEqual([0, 1]);
});

test('a hit rate is drawn where it moves, an area always from zero, and no share goes beyond 100', () => {
  const rows = [
    { at: 0, l0: 98 },
    { at: 1, l0: 99.6 },
  ];
  const shown = new Set(['l0']);
  expect(valueAxis(rows, shown, 'line', 'percent')).toMatchObject({ low: 94, high: 100 });
  expect(valueAxis(rows, shown, 'area', 'percent')).toMatchObject({ low: 0, high: 100 });
  expect(valueAxis([{ at: 0, l0: 100 }], shown, 'line', 'percent')).toMatchObject({ low: 94, high: 100 });
  expect(valueAxis([{ at: 0, l0: 0.0001 }], shown, 'line', 'percent')).toMatchObject({ low: 0, high: 1 });
});

test('stacked lines need room for their sum', () => {
  const rows = [{ at: 0, l0: 60, l1: 70 }];
  expect(valueAxis(rows, new Set(['l0', 'l1']), 'stacked', 'count').high).toBeGreaterThanOrEqual(130);
  expect(valueAxis(rows, new Set(['l0', 'l1']), 'line', 'count').high).toBeLessThan(130);
});

test('ticks of time are round moments inside the range', () => {
  const from = Date.UTC(2026, 10, 21, 10, 3);
  const ticks = timeTicks(from, from + 3_600_000, 6);
  expect(ticks.length).toBeGreaterThanOrEqual(4);
  for (const tick of ticks) expect(new Date(tick).getUTCMinutes() % 10).toBe(0);
});
