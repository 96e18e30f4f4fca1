import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defineCheck } from '@/lib/engine/define-check';
import { counterDelta, keyText, limitSeries, measure } from '@/lib/engine/rate';

const check = defineCheck({
  title: 't',
  why: 'w',
  source: 's',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 10,
  columns: {
    name: { role: 'key', label: 'Name' },
    hit: { role: 'counter', label: 'Hit', unit: 'count' },
    all: { role: 'counter', label: 'All', unit: 'count' },
    size: { role: 'gauge', label: 'Size', unit: 'bytes' },
    age: { role: 'gauge', label: 'Age', unit: 'seconds' },
    stats_reset: { role: 'text', label: 'Since' },
  },
  ratios: { share: { label: 'Share', of: ['hit'], over: ['all'] } },
  keep: ['series'],
  maxSeries: { by: 'all', count: 2 },
  draw: [],
});

const row = (name: string, hit: number, all: number, reset: string | null = 'a') => ({
  name,
  hit,
  all,
  size: 1,
  age: 2,
  stats_reset: reset,
});

test('a counter that went back gives what it shows now, as a lower bound', () => {
  expect(counterDelta(10, 25)).toEqual({ value: 15, lowerBound: false });
  expect(counterDelta(10, 4)).toEqual({ value: 4, lowerBound: true });
  expect(counterDelta(10, 12, true)).toEqual({ value: 12, lowerBound: true });
  for (const nothing of [undefined, null, Number.NaN, -1]) {
    expect(counterDelta(nothing, 5)).toBeUndefined();
    expect(counterDelta(5, nothing)).toBeUndefined();
  }
});

test('deltas over any resets never exceed what was counted, and are exact without one', () => {
  const step = fc.record({ grow: fc.nat(1_000_000), reset: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), fc.nat(1_000_000), (steps, start) => {
      let counter = start;
      let counted = 0;
      let measured = 0;
      let resets = 0;
      for (const { grow, reset } of steps) {
        const before = counter;
        if (reset) {
          resets += 1;
          counter = 0;
        }
        counter += grow;
        counted += grow;
        measured += counterDelta(before, counter, reset)?.value ?? 0;
      }
      expect(measured).toBeLessThanOrEqual(counted);
      if (resets === 0) expect(measured).toBe(counted);
    }),
  );
});

test('the first tick and a new key have gauges and no deltas', () => {
  const first = measure({ check, rows: [row('a', 5, 10)], previous: undefined });
  expect(first[0]?.values).toEqual({ name: 'a', size: 1, age: 2, stats_reset: 'a' });
  const second = measure({ check, rows: [row('a', 9, 20), row('b', 7, 7)], previous: [row('a', 5, 10)] });
  expect(second[0]?.values).toMatchObject({ hit: 4, all: 10, share: 40 });
  expect(second[1]?.values).not.toHaveProperty('hit');
  expect(second[1]?.values).not.toHaveProperty('share');
});

test('a ratio is of sums over the interval, and of nothing it is not known', () => {
  const still = measure({ check, rows: [row('a', 5, 10)], previous: [row('a', 5, 10)] });
  expect(still[0]?.values).toMatchObject({ hit: 0, all: 0, share: null });
});

test('a reset is told by its time even when the counter has grown past its old value', () => {
  const [after] = measure({ check, rows: [row('a', 30, 60, 'later')], previous: [row('a', 10, 20, 'a')] });
  expect(after?.values).toMatchObject({ hit: 30, all: 60, share: 50 });
});

test('NaN and infinity are not known', () => {
  const [odd] = measure({
    check,
    rows: [{ ...row('a', 1, 2), size: Number.NaN, age: Infinity }],
    previous: undefined,
  });
  expect(odd?.values).toMatchObject({ size: null, age: null });
});

test('beyond the limit the rest is one series: sums of counts, the largest of ages', () => {
  const rows = [row('a', 1, 10), row('b', 1, 30), row('c', 2, 5), row('d', 3, 7)];
  const previous = rows.map(({ name }) => row(name, 0, 0));
  const measured = measure({ check, rows: rows.map((each, index) => ({ ...each, age: index })), previous });
  const limited = limitSeries(check, measured);
  expect(limited.map(({ key }) => key.name)).toEqual(['b', 'a', '(other)']);
  expect(limited[2]?.values).toMatchObject({ hit: 5, all: 12, size: 2, age: 3 });
});

test('the text of a key does not depend on the order of its columns', () => {
  expect(keyText({ a: '1', b: '2' })).toBe(keyText({ b: '2', a: '1' }));
  expect(keyText({ a: '1","b', b: '' })).not.toBe(keyText({ a: '1', b: '' }));
});
