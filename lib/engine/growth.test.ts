import { expect, test } from 'vitest';
import { daysUntil, fitGrowth } from '@/lib/engine/growth';

const day = 86_400;
const points = (days: number, value: (day: number) => number) =>
  Array.from({ length: days * 4 + 1 }, (_, place) => [1e9 + (place * day) / 4, value(place / 4)] as const);

test('a straight line is found, with no spread', () => {
  const growth = fitGrowth(points(10, (at) => 1000 + 50 * at));
  expect(growth?.perDay).toBeCloseTo(50);
  expect(growth?.lowPerDay).toBeCloseTo(50);
  expect(growth?.days).toBe(10);
});

test('noise widens the spread, and the truth lies within', () => {
  const growth = fitGrowth(points(14, (at) => 1000 + 50 * at + 200 * Math.sin(at * 37)));
  expect(growth?.highPerDay).toBeGreaterThan(51);
  expect(growth?.lowPerDay).toBeLessThan(50);
  expect(growth?.highPerDay).toBeGreaterThan(50);
});

test('less than three days is too early to tell, gaps do no harm', () => {
  expect(fitGrowth(points(2, (at) => at))).toBeUndefined();
  expect(fitGrowth([])).toBeUndefined();
  const holed = points(10, (at) => 7 * at).filter((_, place) => place % 5 !== 2);
  expect(fitGrowth(holed)?.perDay).toBeCloseTo(7);
});

test('what does not grow is never full', () => {
  expect(daysUntil(100, 10)).toBe(10);
  expect(daysUntil(100, 0)).toBeNull();
  expect(daysUntil(100, -1)).toBeNull();
});
