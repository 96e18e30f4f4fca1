import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Sparkline } from '@/components/charts/sparkline';

const draw = (values: (number | null)[]) =>
  renderToStaticMarkup(<Sparkline values={values} label="connections" unit="count" />);

test('one value is a dot, a gap is a gap, and what was never measured is said in words', () => {
  expect(draw([null, 5, null])).toContain('h0.01');
  expect(draw([1, 2, null, 4, 5]).match(/M/g)).toHaveLength(2);
  expect(draw([null, null])).toContain('no history yet');
});

test('readers are told the newest, the lowest and the highest value', () => {
  expect(draw([3, 9, 6])).toContain('aria-label="connections: now 6, from 3 to 9"');
});
