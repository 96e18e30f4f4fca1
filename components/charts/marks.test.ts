import { expect, test } from 'vitest';
import { type ChartMark, marksAt, marksIn } from '@/components/charts/marks';

const run = (at: number, label = 'Rebuild an index'): ChartMark => ({ at, label, kind: 'run' });
const named = (marks: ChartMark[]) =>
  marksIn(marks, 0, 1000).map(({ at, hasRoom }) => [at, hasRoom] as const);

test('a mark is named when neither the next one nor the edge is in the way of its name', () => {
  expect(named([run(600), run(100)])).toEqual([
    [100, true],
    [600, true],
  ]);
  expect(named([run(100), run(200)])).toEqual([
    [100, false],
    [200, true],
  ]);
  expect(named([run(900)])).toEqual([[900, false]]);
  expect(named([run(-1), run(1001)])).toEqual([]);
});

test('marks that would lie on each other are one line, led by what explains most', () => {
  const [group, ...others] = marksIn(
    [run(100), { at: 110, label: 'The server was restarted.', kind: 'restart' }, run(120)],
    0,
    1000,
  );
  expect(others).toEqual([]);
  expect(group).toMatchObject({ at: 100, lead: { kind: 'restart' }, label: 'The server was restarte… +2' });
  expect(group?.marks.map(({ at }) => at)).toEqual([100, 110, 120]);
});

test('the pointer finds the marks beside it', () => {
  expect(marksAt([run(100), run(108), run(150)], 104, 0, 1000).map(({ at }) => at)).toEqual([100, 108]);
});
