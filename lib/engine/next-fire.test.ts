import { expect, test } from 'vitest';
import { lastFire, nextFire } from '@/lib/engine/next-fire';

const from = (cron: string, zone: string, start: string, count: number) => {
  const moments: string[] = [];
  for (let at = new Date(start); moments.length < count; ) {
    at = nextFire(cron, zone, at);
    moments.push(at.toISOString());
  }
  return moments;
};

test('a time that the clocks skip fires right after the gap', () => {
  expect(from('30 2 * * *', 'Europe/Vienna', '2026-03-28T12:00:00Z', 2)).toEqual([
    '2026-03-29T01:30:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ]);
});

test('F20: a time that comes twice fires once', () => {
  expect(from('30 2 * * *', 'Europe/Vienna', '2026-10-24T12:00:00Z', 2)).toEqual([
    '2026-10-25T00:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ]);
});

test('every hour is every hour through both changes', () => {
  for (const start of ['2026-03-28T23:30:00Z', '2026-10-24T22:30:00Z']) {
    const moments = from('0 * * * *', 'Europe/Vienna', start, 6).map((text) => Date.parse(text));
    expect(moments.slice(1).map((at, index) => at - (moments[index] ?? 0))).toEqual(Array(5).fill(3_600_000));
  }
});

test('the last moment is the one before, or now', () => {
  const at = (text: string) => lastFire('0 3 * * *', 'UTC', new Date(text)).toISOString();
  expect(at('2026-05-05T02:59:59Z')).toBe('2026-05-04T03:00:00.000Z');
  expect(at('2026-05-05T03:00:00Z')).toBe('2026-05-05T03:00:00.000Z');
});

test('what cannot be read names its field', () => {
  const fieldOf = (cron: string, zone: string) => {
    try {
      nextFire(cron, zone, new Date());
    } catch (error) {
      return Object.keys((error as { fields: Record<string, string> }).fields)[0];
    }
  };
  expect(fieldOf('every day', 'UTC')).toBe('cron');
  expect(fieldOf('61 * * * *', 'UTC')).toBe('cron');
  expect(fieldOf('0 0 30 2 *', 'UTC')).toBe('cron');
  expect(fieldOf('* * * * * *', 'UTC')).toBe('cron');
  expect(fieldOf('0 3 * * *', 'Mars/Olympus')).toBe('zone');
});
