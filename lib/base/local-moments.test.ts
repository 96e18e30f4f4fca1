import { expect, test } from 'vitest';
import { localText, momentsOfLocal, offsetText, type ZoneMinutes } from '@/lib/base/local-moments';

const zone =
  (name: string): ZoneMinutes =>
  (at) => {
    const parts = new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'longOffset' }).formatToParts(
      at,
    );
    const [, sign, hours, minutes] =
      /GMT(?:([+-])(\d\d):(\d\d))?/.exec(parts.find(({ type }) => type === 'timeZoneName')?.value ?? '') ??
      [];
    return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
  };
const vienna = zone('Europe/Vienna');
const meanings = (text: string, minutesAt: ZoneMinutes) =>
  momentsOfLocal(text, minutesAt).map((at) => [at.toISOString(), offsetText(at, minutesAt)]);

test('F20: a time in the hour that comes twice means two moments, each told by its offset', () => {
  expect(meanings('2026-10-25T02:30:00', vienna)).toEqual([
    ['2026-10-25T00:30:00.000Z', 'UTC+02:00'],
    ['2026-10-25T01:30:00.000Z', 'UTC+01:00'],
  ]);
  // A minute ago in the second of them is not an hour and a minute ago.
  const now = new Date('2026-10-25T01:10:00Z');
  expect(localText(now, vienna)).toBe('2026-10-25T02:10:00');
  expect(meanings(localText(now, vienna), vienna).map(([at]) => at)).toContain(now.toISOString());
  expect(meanings('2026-11-01T01:15', zone('America/St_Johns')).map(([, offset]) => offset)).toEqual([
    'UTC−02:30',
    'UTC−03:30',
  ]);
});

test('F20: a time that the clocks skip means none, any other one', () => {
  expect(meanings('2026-03-29T02:30:00', vienna)).toEqual([]);
  expect(meanings('2026-03-29T03:00:00', vienna)).toEqual([['2026-03-29T01:00:00.000Z', 'UTC+02:00']]);
  expect(meanings('2026-10-25T03:00:00', vienna)).toEqual([['2026-10-25T02:00:00.000Z', 'UTC+01:00']]);
  expect(meanings('2026-11-21T10:15:00', zone('UTC'))).toEqual([['2026-11-21T10:15:00.000Z', 'UTC+00:00']]);
  expect(momentsOfLocal('')).toEqual([]);
});
