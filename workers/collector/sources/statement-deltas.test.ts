import { expect, test } from 'vitest';
import {
  activeBetween,
  evictedBetween,
  type StatementCounters,
  type StatementReading,
  statementDeltas,
} from '@/workers/collector/sources/statement-deltas';

function entry(queryid: string, calls: number, since: number | null = null): StatementCounters {
  const counts = {
    calls,
    totalMs: calls * 2,
    planMs: 0,
    ioMs: 0,
    rows: calls,
    sharedHit: calls,
    sharedRead: 0,
    sharedDirtied: 0,
    tempWritten: 0,
    walBytes: 0,
    minMs: 2,
    maxMs: 2,
  };
  return { entry: queryid, database: 'd', username: 'u', queryid, toplevel: true, since, ...counts };
}

function reading(rows: StatementCounters[], more: Partial<StatementReading> = {}): StatementReading {
  return {
    ...{ rows, hidden: 0, resetEpoch: 1, evictions: 0, serverEpoch: 1000, maxEntries: 100 },
    activeMs: new Map(),
    ...more,
  };
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
      planMs: 0,
      ioMs: 0,
      rows: 2,
      sharedHit: 2,
      sharedRead: 0,
      sharedDirtied: 0,
      tempWritten: 0,
      walBytes: 0,
      minMs: null,
      maxMs: null,
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
});

test('from 17 on a first call that took longer than a reading counts when it ends, unless it was only hidden', () => {
  const before = reading([entry('1', 50, 900)]);
  const ended = [entry('1', 50, 900), entry('3', 1, 400)];
  expect(statementDeltas(before, reading(ended, at(1060)))).toMatchObject([
    { queryid: '3', calls: 1, lowerBound: false },
  ]);
  expect(statementDeltas({ ...before, hidden: 1 }, reading(ended, at(1060)))).toEqual([]);
});

test('an extreme that an entry could not have lost says that it began again', () => {
  const before = reading([{ ...entry('1', 5), minMs: 1, maxMs: 9 }]);
  const again = { ...entry('1', 60), minMs: 1, maxMs: 4 };
  expect(statementDeltas(before, reading([again], at(1060, { evictions: 2 })))).toMatchObject([
    { calls: 60, minMs: 1, maxMs: 4, lowerBound: true },
  ]);
});

test('the longest call is told where it is known: a new extreme, a single call, an entry that is new', () => {
  const before = reading([{ ...entry('1', 5), minMs: 1, maxMs: 9 }]);
  const ask = (row: Partial<StatementCounters>) =>
    statementDeltas(before, reading([{ ...entry('1', 8), minMs: 1, maxMs: 9, ...row }], at(1060)))[0];
  expect(ask({})).toMatchObject({ minMs: null, maxMs: null });
  expect(ask({ maxMs: 30 })).toMatchObject({ minMs: null, maxMs: 30 });
  expect(ask({ calls: 6, totalMs: 14 })).toMatchObject({ calls: 1, minMs: 4, maxMs: 4 });
  expect(statementDeltas(reading([]), reading([entry('2', 3)], at(1060)))).toMatchObject([{ maxMs: 2 }]);
});

test('a database or user that gets another name is still the same entry', () => {
  const renamed = { ...entry('1', 7), database: 'other' };
  expect(statementDeltas(reading([entry('1', 5)]), reading([renamed], at(1060)))).toMatchObject([
    { database: 'other', calls: 2 },
  ]);
});

test('active time is what each database grew by; one that was reset counts as far as it shows', () => {
  const before = reading([], {
    activeMs: new Map([
      ['1', 100],
      ['2', 50],
    ]),
  });
  const now = reading([], {
    activeMs: new Map([
      ['1', 160],
      ['2', 10],
      ['3', 5],
    ]),
  });
  expect(activeBetween(before, now)).toBe(75);
  expect(activeBetween(before, reading([]))).toBeNull();
  expect(evictedBetween(reading([], { evictions: 7 }), reading([], { evictions: 2 }))).toBe(2);
});

test('the same statement of two users is two, and nested calls are their own', () => {
  const other = { ...entry('1', 9), entry: '1v', username: 'v' };
  const nested = { ...entry('1', 2), entry: '1n', toplevel: false };
  const before = reading([entry('1', 5), other, nested]);
  const now = reading([entry('1', 5), { ...other, calls: 10 }, { ...nested, calls: 4 }], at(1060));
  expect(
    statementDeltas(before, now).map(({ username, toplevel, calls }) => [username, toplevel, calls]),
  ).toEqual([
    ['v', true, 1],
    ['u', false, 2],
  ]);
});
