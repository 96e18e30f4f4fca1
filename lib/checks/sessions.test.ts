import { expect, test } from 'vitest';
import { checkOf } from '@/lib/testing/check-kit';

// What the source reads, keeps and counts is tested with it; here is what pages rely on.
test('sessions: names a session by number and start, hides its statement, and can be ended from its row', () => {
  const check = checkOf('sessions');
  const keys = Object.entries(check.columns).filter(([, { role }]) => role === 'key');
  expect(keys.map(([name]) => name)).toEqual(['pid', 'backend_start']);
  expect(check.columns.query?.literals).toBe(true);
  expect(check.fixedBy?.map(({ input }) => input)).toEqual([
    { pid: 'pid', backendStart: 'backend_start' },
    { pid: 'pid', backendStart: 'backend_start' },
  ]);
});
