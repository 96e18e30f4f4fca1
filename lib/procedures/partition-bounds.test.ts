import { expect, test } from 'vitest';
import {
  type BoundDomain,
  type BoundRange,
  boundLiteral,
  detectStep,
  gapsBetween,
  nextRanges,
  parseBound,
} from '@/lib/procedures/partition-bounds';
import { cutToBytes, partitionNames } from '@/lib/procedures/partition-names';

const rangeOf = (text: string, domain: BoundDomain): BoundRange => {
  const bound = parseBound(text, domain);
  if (bound?.kind !== 'range') throw new Error(`no range: ${text}`);
  return bound.range;
};

function next(domain: BoundDomain, bounds: [string, string][], count = 2): string[] {
  const ranges = bounds.map(([from, to]) => rangeOf(`FOR VALUES FROM (${from}) TO (${to})`, domain));
  const step = detectStep(ranges, domain);
  if (!step) return [];
  return nextRanges(ranges.at(-1)?.to ?? 0n, step, count, domain).map(
    ({ from, to }) => `${boundLiteral(from, domain)} ${boundLiteral(to, domain)}`,
  );
}

test('goes on by day, week, month, quarter and year, over leap days and the end of a year', () => {
  expect(
    next('date', [
      [`'2024-02-27'`, `'2024-02-28'`],
      [`'2024-02-28'`, `'2024-02-29'`],
    ]),
  ).toEqual([`'2024-02-29' '2024-03-01'`, `'2024-03-01' '2024-03-02'`]);
  expect(next('date', [[`'2024-12-23'`, `'2024-12-30'`]])).toEqual([
    `'2024-12-30' '2025-01-06'`,
    `'2025-01-06' '2025-01-13'`,
  ]);
  expect(next('timestamp', [[`'2023-01-01 00:00:00'`, `'2023-02-01 00:00:00'`]], 1)).toEqual([
    `'2023-02-01 00:00:00' '2023-03-01 00:00:00'`,
  ]);
  expect(next('timestamptz', [[`'2024-07-01 00:00:00+00'`, `'2024-10-01 00:00:00+00'`]])).toEqual([
    `'2024-10-01 00:00:00+00' '2025-01-01 00:00:00+00'`,
    `'2025-01-01 00:00:00+00' '2025-04-01 00:00:00+00'`,
  ]);
  expect(next('date', [[`'2024-01-01'`, `'2025-01-01'`]], 1)).toEqual([`'2025-01-01' '2026-01-01'`]);
});

test('a change of step long ago is no matter, one among the newest three is', () => {
  const year: [string, string] = [`'2022-01-01'`, `'2023-01-01'`];
  const months: [string, string][] = [1, 2, 3].map((m) => [`'2023-0${m}-01'`, `'2023-0${m + 1}-01'`]);
  expect(next('date', [year, ...months], 1)).toEqual([`'2023-04-01' '2023-05-01'`]);
  expect(next('date', [year, ...months.slice(0, 2)])).toEqual([]);
});

test('midnight of another zone is not taken for a step of UTC', () => {
  expect(next('timestamptz', [[`'2024-03-30 23:00:00+00'`, `'2024-03-31 22:00:00+00'`]])).toEqual([]);
  expect(next('timestamptz', [[`'2024-01-31 23:00:00+00'`, `'2024-02-29 23:00:00+00'`]])).toEqual([]);
});

test('integers go on with their size and stop where the type ends', () => {
  expect(
    next('int8', [
      [`'-200'`, `'-100'`],
      [`'-100'`, `'0'`],
    ]),
  ).toEqual(['0 100', '100 200']);
  expect(
    next('int2', [
      ['30000', '31000'],
      ['31000', '32000'],
    ]),
  ).toEqual([]);
  expect(next('int4', [['0', '1000']])).toEqual(['1000 2000', '2000 3000']);
});

test('what is not understood is said to be so, never guessed', () => {
  expect(parseBound('DEFAULT', 'date')).toEqual({ kind: 'default' });
  expect(parseBound(`FOR VALUES FROM ('2024-01-01') TO (MAXVALUE)`, 'date')).toEqual({
    kind: 'open',
    side: 'to',
  });
  expect(parseBound(`FOR VALUES FROM ('0044-03-15 BC') TO ('2024-01-01')`, 'date')).toBeUndefined();
  expect(parseBound(`FOR VALUES FROM ('-infinity') TO ('2024-01-01')`, 'date')).toBeUndefined();
  expect(parseBound(`FOR VALUES FROM (1, 2) TO (3, 4)`, 'int4')).toBeUndefined();
  expect(
    parseBound(`FOR VALUES FROM ('2024-01-01 00:00:00+01') TO ('2024-01-02')`, 'timestamptz'),
  ).toBeUndefined();
});

test('gaps between neighbours are found', () => {
  const ranges = [
    { from: 0n, to: 10n },
    { from: 10n, to: 20n },
    { from: 30n, to: 40n },
  ];
  expect(gapsBetween(ranges)).toEqual([{ from: 20n, to: 30n }]);
});

test('new partitions are named as the newest one is', () => {
  const month = rangeOf(`FOR VALUES FROM ('2024-12-01') TO ('2025-01-01')`, 'date');
  const following = nextRanges(month.to, { unit: 'month' }, 2, 'date');
  const named = (name: string, table = 'logs') =>
    partitionNames(table, { name, range: month }, following, { unit: 'month' });
  expect(named('logs_2024_12')).toEqual(['logs_2025_01', 'logs_2025_02']);
  expect(named('p202412')).toEqual(['p202501', 'p202502']);
  expect(named('logs_y2024m12')).toEqual(['logs_y2025m01', 'logs_y2025m02']);
  expect(named('logs_2024_12_01')).toEqual(['logs_2025_01_01', 'logs_2025_02_01']);
  expect(named('older stuff')).toEqual(['logs_20250101', 'logs_20250201']);
  const long = named('older stuff', '🐘'.repeat(15));
  expect(long).toEqual([
    `${'🐘'.repeat(13)}__20250101`.replace('__', ''),
    `${'🐘'.repeat(13)}__20250201`.replace('__', ''),
  ]);
  const size = { unit: 'integer', size: 100n } as const;
  const keys = partitionNames(
    't',
    { name: 't_0_99', range: { from: 0n, to: 100n } },
    [{ from: 100n, to: 200n }],
    size,
  );
  expect(keys).toEqual(['t_100_199']);
});

test('names are cut between characters', () => {
  expect(cutToBytes('aé€🐘', 6)).toBe('aé€');
  expect(cutToBytes('aé€🐘', 5)).toBe('aé');
});
