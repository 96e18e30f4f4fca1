import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defineCheck, type Level } from '@/lib/engine/define-check';
import { type JudgedState, judge, worstLevel } from '@/lib/engine/judge';
import type { MeasuredRow } from '@/lib/engine/rate';

const check = defineCheck({
  title: 't',
  why: 'w',
  source: 's',
  target: 'instance',
  runsOn: 'any',
  everySeconds: 10,
  columns: {
    name: { role: 'key', label: 'Name' },
    lag: { role: 'gauge', label: 'Lag', unit: 'bytes' },
    why_not: { role: 'text', label: 'Why not' },
    asked: { role: 'counter', label: 'Asked', unit: 'count' },
    found: { role: 'counter', label: 'Found', unit: 'count' },
  },
  ratios: { hit: { label: 'Hit rate', of: ['found'], over: ['asked'] } },
  keep: [],
  judge: [
    {
      column: 'lag',
      worse: 'above',
      warn: 1024,
      crit: 4096,
      forSeconds: 60,
      unknownFrom: 'why_not',
      sentence: '{name} is {lag} behind on {instance} of {cluster}{nonsense}.',
    },
    {
      column: 'hit',
      worse: 'below',
      warn: 95,
      crit: 80,
      minimum: { column: 'asked', value: 100 },
      sentence: 'Only {hit} in {name}.',
    },
  ],
  draw: [],
});
const context = { instance: 'db1', cluster: 'shop', database: '' };

function lag(value: number | null, extra: MeasuredRow['values'] = {}): MeasuredRow {
  return { key: { name: 'a' }, values: { name: 'a', lag: value, ...extra } };
}

/** Feeds ticks of (seconds, row) and gives the level of `judged` after each. */
function levels(
  ticks: [number, MeasuredRow[]][],
  judged = 'lag',
  start = new Map<string, JudgedState>(),
): Level[] {
  let states = start;
  return ticks.map(([now, rows]) => {
    const out = judge({ check, rows, context, states, now });
    states = out.states;
    return out.verdicts.find((verdict) => verdict.judged === judged)?.level ?? 'ok';
  });
}

test('a finding opens only after it has held, rises and falls by level, and closes after a while of good', () => {
  expect(
    levels([
      [0, [lag(2000)]],
      [50, [lag(2000)]],
      [60, [lag(2000)]],
      [70, [lag(5000)]],
      [130, [lag(5000)]],
      [140, [lag(2000)]],
    ]),
  ).toEqual(['ok', 'ok', 'warn', 'warn', 'crit', 'warn']);
  const open = () => new Map<string, JudgedState>([['lag [["name","a"]]', { level: 'crit' }]]);
  let states = open();
  const step = (now: number, value: number) => {
    const out = judge({ check, rows: [lag(value)], context, states, now });
    states = out.states;
    return out.closed;
  };
  expect(step(0, 10)).toEqual([]);
  expect(step(29, 10)).toEqual([]);
  expect(step(30, 10)).toEqual(['lag [["name","a"]]']);
});

test('a value that dips below for a moment starts its time again', () => {
  expect(
    levels([
      [0, [lag(2000)]],
      [50, [lag(10)]],
      [60, [lag(2000)]],
      [110, [lag(2000)]],
      [120, [lag(2000)]],
    ]),
  ).toEqual(['ok', 'ok', 'ok', 'ok', 'warn']);
});

test('a value at its threshold is beyond it', () => {
  expect(
    levels([
      [0, [lag(4096)]],
      [60, [lag(4096)]],
    ]),
  ).toEqual(['ok', 'crit']);
});

test('a restart keeps what was open open, and an object that is gone is closed', () => {
  const open = new Map<string, JudgedState>([['lag [["name","a"]]', { level: 'warn' }]]);
  expect(judge({ check, rows: [lag(2000)], context, states: open, now: 5 }).verdicts[0]?.level).toBe('warn');
  expect(judge({ check, rows: [], context, states: open, now: 5 }).closed).toEqual(['lag [["name","a"]]']);
});

test('objects that are not known for the same reason are one finding, which closes when they are known', () => {
  const hidden = (name: string, reason: string): MeasuredRow => ({
    key: { name },
    values: { name, lag: 9999, why_not: reason },
  });
  const rows = [hidden('a', 'no right'), hidden('b', 'no right'), hidden('c', 'too old')];
  const first = judge({ check, rows, context, states: new Map(), now: 0 });
  expect(first.verdicts.map(({ level, sentence }) => [level, sentence])).toEqual([
    ['unknown', 'Lag is not known for 2 objects on db1: no right.'],
    ['unknown', 'Lag is not known for c on db1: too old.'],
  ]);
  const second = judge({ check, rows: [lag(0)], context, states: first.states, now: 10 });
  expect(second.closed.length).toBe(2);
});

test('an object that is bad and then not known stays its own finding', () => {
  const open = new Map<string, JudgedState>([['lag [["name","a"]]', { level: 'crit' }]]);
  const out = judge({ check, rows: [lag(9999, { why_not: 'hidden' })], context, states: open, now: 0 });
  expect(out.closed).toEqual([]);
  expect(out.verdicts).toMatchObject([
    { level: 'unknown', sentence: 'Lag is not known on db1: hidden.', key: '[["name","a"]]' },
  ]);
});

test('below its minimum volume, and without a value, nothing is judged bad', () => {
  const row = (asked: number, hit: number | null) => lag(0, { asked, found: 0, hit });
  expect(levels([[0, [row(99, 0)]]], 'hit')).toEqual(['ok']);
  expect(levels([[0, [row(100, 0)]]], 'hit')).toEqual(['crit']);
  expect(levels([[0, [row(100, null)]]], 'hit')).toEqual(['ok']);
});

test('the first tick of a counter leaves an open finding as it stands', () => {
  const open = new Map<string, JudgedState>([['hit [["name","a"]]', { level: 'crit' }]]);
  const out = judge({ check, rows: [lag(0)], context, states: open, now: 0 });
  expect(out.closed).toEqual([]);
  expect(out.states.get('hit [["name","a"]]')).toEqual({ level: 'crit' });
});

test('sentences write values with their units and hostile names as they are', () => {
  const row = { key: { name: '<b>{lag}' }, values: { name: '<b>{lag}', lag: 2_097_152 } };
  const states = new Map<string, JudgedState>();
  const first = judge({ check, rows: [row], context, states, now: 0 });
  const { verdicts } = judge({ check, rows: [row], context, states: first.states, now: 60 });
  expect(verdicts[0]?.sentence).toBe('<b>{lag} is 2 MB behind on db1 of shop{nonsense}.');
});

test('for any course of values: never open before it held, never worse than what was seen', () => {
  const value = fc.constantFrom<[number, Level]>([0, 'ok'], [2000, 'warn'], [5000, 'crit']);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), value), { maxLength: 60 }), (ticks) => {
      let now = 0;
      let badFor = 0;
      let states = new Map<string, JudgedState>();
      let wasOpen = false;
      for (const [seconds, [measured, raw]] of ticks) {
        now += seconds;
        badFor = raw === 'ok' ? 0 : badFor + seconds;
        const out = judge({ check, rows: [lag(measured)], context, states, now });
        const level = out.verdicts[0]?.level ?? 'ok';
        if (!wasOpen && level !== 'ok') expect(badFor).toBeGreaterThanOrEqual(60);
        if (raw === 'warn') expect(level).not.toBe('crit');
        wasOpen = level !== 'ok';
        states = out.states;
      }
    }),
  );
});

test('the worst level wins, and not knowing is less bad than bad', () => {
  expect(worstLevel([])).toBe('ok');
  expect(worstLevel(['unknown', 'warn', 'ok'])).toBe('warn');
  expect(worstLevel(['unknown', 'crit'])).toBe('crit');
});
