import { expect, test } from 'vitest';
import type { CheckRow } from '@/lib/engine/define-check';
import { judgeUsage } from '@/lib/procedures/index-usage';

const day = 86_400;
const now = Date.UTC(2026, 5, 1) / 1000;

function reading(more: CheckRow = {}, at = now): CheckRow {
  return {
    schema: 'public',
    table: 't',
    index: 'i',
    definition: 'create index i on public.t (a)',
    bytes: 1e6,
    scans: 0,
    idle_seconds: null,
    window_seconds: 300 * day,
    now_epoch: at,
    kept: null,
    supports: null,
    is_standby: 0,
    standbys: 0,
    ...more,
  };
}

const judge = (row: CheckRow, previous?: CheckRow[], peers: Record<string, CheckRow[]> = {}) =>
  judgeUsage({ rows: [row], previous, elapsedSeconds: undefined, peers })[0] ?? {};

test('from 16 on the server says when it was used last', () => {
  expect(judge(reading({ scans: 9, idle_seconds: 31 * day }))).toMatchObject({
    verdict: 'used',
    usage: 'used 31 days ago',
  });
  expect(judge(reading({ scans: 9, idle_seconds: 61 * day }))).toMatchObject({
    verdict: 'unused',
    usage: 'used 61 days ago',
    unused: 1,
  });
});

test('before 16 it is remembered from reading to reading, over restarts of the collector too', () => {
  const first = judge(reading({ scans: 9 }));
  expect(first).toMatchObject({ verdict: 'used', moved_at: null });
  const moved = judge(reading({ scans: 10 }, now + day), [first]);
  expect(moved.moved_at).toBe(new Date((now + day) * 1000).toISOString());
  expect(judge(reading({ scans: 10 }, now + 32 * day), [moved])).toMatchObject({
    verdict: 'used',
    usage: 'used 31 days ago',
  });
  expect(judge(reading({ scans: 10 }, now + 40 * day), [moved])).toMatchObject({ verdict: 'unused' });
  // Never seen to move: unused since we watch, not since the server counts.
  expect(judge(reading({ scans: 9 }, now + 36 * day), [first])).toMatchObject({
    verdict: 'unused',
    usage: 'not used in the 36 days that are known',
  });
});

test('an index made again under its name is a new one', () => {
  const old = judge(reading({ scans: 0 }));
  const other = reading({ definition: 'create index i on public.t (b)' }, now + day);
  expect(judge(other, [old])).toMatchObject({ verdict: 'too early to tell' });
  const used = judge(reading({ scans: 5 }));
  expect(judge(reading({ scans: 0 }, now + day), [used])).toMatchObject({ verdict: 'too early to tell' });
});

test('a standby that uses it keeps it; one that is not watched, or not lately, leaves it unknown', () => {
  const standby = (more: CheckRow, at = now) => ({ other: [judge(reading({ is_standby: 1, ...more }, at))] });
  const row = reading({ standbys: 1 });
  expect(judge(row, undefined, standby({}))).toMatchObject({
    verdict: 'unused',
    usage: 'not used on any of its 2 servers in the 300 days that are known',
  });
  expect(judge(row, undefined, standby({ scans: 4, idle_seconds: 3 * day }))).toMatchObject({
    verdict: 'used on another server',
    standby_scans: 4,
    unused: 0,
  });
  expect(judge(row)).toMatchObject({
    verdict: 'unknown',
    unknown_reason: 'a standby is not watched, and queries there may use it',
  });
  expect(judge(row, undefined, standby({}, now - day)).verdict).toBe('unknown');
  expect(judge(reading({ is_standby: 1 }))).toMatchObject({ verdict: 'judged on the primary', unused: 0 });
});
