import { expect, test } from 'vitest';
import { type Candidate, primaryOf } from '@/lib/engine/primary';

const server = (name: string, change: Partial<Candidate>): Candidate => ({
  id: name,
  name,
  state: 'active',
  role: 'standby',
  timeline: 1,
  reachable: true,
  lastSeenAt: '2026-11-21T10:00:00Z',
  ...change,
});

test('the server that accepts writes is the primary', () => {
  const found = primaryOf([server('a', { role: 'primary' }), server('b', {})]);
  expect(found).toMatchObject({ instance: { name: 'a' }, caution: null });
});

test('after a failover the promoted server counts, though the dead one still stands as primary in its row', () => {
  const dead = server('a', { role: 'primary', reachable: false, lastSeenAt: '2026-11-21T10:05:00Z' });
  const promoted = server('b', { role: 'primary', timeline: 2 });
  expect(primaryOf([dead, promoted])).toMatchObject({ instance: { name: 'b' }, caution: null });
});

test('a primary that does not answer is named with what to do; drafts and removed servers do not count', () => {
  const dead = server('a', { role: 'primary', reachable: false });
  expect(primaryOf([dead, server('b', {})])?.caution).toContain('does not answer now');
  expect(primaryOf([server('a', { role: 'primary', state: 'draft' })])).toBeNull();
  expect(primaryOf([])).toBeNull();
});

test('two that both answer as primary are called out, the newer timeline first', () => {
  const found = primaryOf([server('a', { role: 'primary' }), server('b', { role: 'primary', timeline: 2 })]);
  expect(found?.instance.name).toBe('b');
  expect(found?.caution).toContain('b and a both accept writes');
});
