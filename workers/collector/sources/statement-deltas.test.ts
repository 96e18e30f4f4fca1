import { expect, test } from 'vitest';
import {
  type StatementCounters,
  type StatementReading,
  statementDeltas,
} from '@/workers/collector/sources/statement-deltas';

function entry(queryid: string, calls: number, since: number | null = null): StatementCounters {
  const counts = {
    calls,
    totalMs: calls * 2,
    rows: calls,
    sharedHit: calls,
    sharedRead: 0,
    tempWritten: 0,
    walBytes: 0,
  };
  return { database: 'd', username: 'u', queryid, toplevel: true, since, ...counts };
}

function reading(rows: StatementCounters[], more: Partial<StatementReading> = {}): StatementReading {
  return { rows, resetEpoch: 1, evictions: 0, serverEpoch: 1000, ...more };
}

const at = (seconds: number, more: Partial<StatementReading> = {}) => ({ serverEpoch: seconds, ...more });

test('only statements that moved are kept, by what they moved', () => {
  const deltas = statementDeltas(
    reading([entry('1', 5), entry('2', 7)]),
    reading([entry('1', 5), entry('2', 9)], at(1060)),
  );
  expect(deltas).toEqual([
    {
      database: 'd',
      username: 'u',
      queryid: '2',
      toplevel: true,
      calls: 2,
      totalMs: 4,
      rows: 2,
      sharedHit: 2,
      sharedRead: 0,
      tempWritten: 0,
      walBytes: 0,
      lowerBound: false,
    },
  ]);
});

test('a statement that is new counts whole; after evictions it may be one that came again', () => {
  const before = reading([entry('1', 5)]);
  expect(statementDeltas(before, reading([entry('1', 5), entry('2', 3)], at(1060)))).toMatchObject([
    { queryid: '2', calls: 3, lowerBound: false },
  ]);
  expect(
    statementDeltas(before, reading([entry('1', 5), entry('2', 3)], at(1060, { evictions: 9 }))),
  ).toMatchObject([{ queryid: '2', calls: 3, lowerBound: true }]);
});

test('a counter that went back, or a reset, gives what is shown now as a lower bound', () => {
  const before = reading([entry('1', 50)]);
  expect(statementDeltas(before, reading([entry('1', 4)], at(1060)))).toMatchObject([
    { calls: 4, lowerBound: true },
  ]);
  expect(statementDeltas(before, reading([entry('1', 60)], at(1060, { resetEpoch: 1030 })))).toMatchObject([
    { calls: 60, lowerBound: true },
  ]);
});

test('one column that went back makes the whole row a lower bound, never a mix of signs', () => {
  const odd = { ...entry('1', 60), totalMs: 1 };
  expect(statementDeltas(reading([entry('1', 50)]), reading([odd], at(1060)))).toMatchObject([
    { calls: 60, totalMs: 1, lowerBound: true },
  ]);
});

test('from 17 on the entry itself says since when it counts', () => {
  const before = reading([entry('1', 50, 900)]);
  const came = statementDeltas(before, reading([entry('1', 60, 1030)], at(1060, { evictions: 3 })));
  expect(came).toMatchObject([{ calls: 60, lowerBound: true }]);
  const fresh = statementDeltas(
    before,
    reading([entry('1', 50, 900), entry('2', 4, 1030)], at(1060, { evictions: 3 })),
  );
  expect(fresh).toMatchObject([{ queryid: '2', calls: 4, lowerBound: false }]);
  expect(statementDeltas(before, reading([entry('3', 4, 400)], at(1060)))).toEqual([]);
});

test('the same statement of two users is two, and nested calls are their own', () => {
  const other = { ...entry('1', 9), username: 'v' };
  const nested = { ...entry('1', 2), toplevel: false };
  const before = reading([entry('1', 5), other, nested]);
  const now = reading([entry('1', 5), { ...other, calls: 10 }, { ...nested, calls: 4 }], at(1060));
  expect(
    statementDeltas(before, now).map(({ username, toplevel, calls }) => [username, toplevel, calls]),
  ).toEqual([
    ['v', true, 1],
    ['u', false, 2],
  ]);
});
