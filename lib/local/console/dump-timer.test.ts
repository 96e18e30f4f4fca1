import { expect, test } from 'vitest';
import { nextDumpAt } from '@/lib/local/console/dump-timer';

// Local time on purpose: a night is a night of this machine.
const at = (day: number, hour: number, minute = 0) => new Date(2026, 5, day, hour, minute);
const made = (date: Date, state = 'ready') => ({ state, finishedAt: date.toISOString() });

test('the first dump is made ten minutes after the first start', () => {
  expect(nextDumpAt(undefined, undefined, at(1, 14))).toEqual(at(1, 14, 10));
});

test.each([
  ['in the night after one of the day', at(1, 14), at(1, 14), at(2, 3)],
  ['in the next night after one of the night', at(1, 3, 1), at(1, 2), at(2, 3)],
  ['soon after a start when a night was missed', at(1, 3, 1), at(4, 9), at(4, 9, 10)],
])('the next one is made %s', (_when, last, started, due) => {
  expect(nextDumpAt(made(last), last.toISOString(), started)).toEqual(due);
});

test('a failed one is tried again in an hour, not each minute', () => {
  const good = at(1, 3, 1).toISOString();
  expect(nextDumpAt(made(at(2, 3), 'failed'), good, at(1, 0))).toEqual(at(2, 4));
  expect(nextDumpAt(made(at(2, 9), 'failed'), undefined, at(2, 8))).toEqual(at(2, 10));
});
