import { afterEach, beforeEach, expect, test } from 'vitest';
import drillAge from '@/lib/criteria/drill-age';
import { expiryOf, stateAt } from '@/lib/engine/scorecard';
import { type Readiness, readiness } from '@/lib/testing/readiness';

let cluster: Readiness;
beforeEach(async () => {
  cluster = await readiness();
  const primary = await cluster.addInstance('primary', 'primary');
  await cluster.answer(
    'database-size',
    primary,
    ['orders', 'users'].map((database) => ({ database, bytes: 9e7 })),
  );
});
afterEach(() => cluster.close());

test('no drill is unknown, and so is one of a part of the databases', async () => {
  expect(await cluster.judge(drillAge)).toMatchObject({ state: 'unknown', links: [] });
  await cluster.evidence('drill', 'orders', 'pass', 60);
  const verdict = await cluster.judge(drillAge);
  expect(verdict.state).toBe('unknown');
  expect(verdict.sentence).toContain('1 of 2 databases were drilled. No backup of users was ever drilled.');
});

test('passes with one of each, linked to its evidence; the newest of a database counts', async () => {
  await cluster.evidence('drill', 'orders', 'fail', 7200);
  const orders = await cluster.evidence('drill', 'orders', 'pass', 3600);
  const users = await cluster.evidence('drill', 'users', 'pass', 60);
  const verdict = await cluster.judge(drillAge);
  expect(verdict).toMatchObject({ state: 'pass', value: 3600 });
  expect(verdict.links.map(({ kind, id }) => [kind, id])).toEqual([
    ['evidence', orders],
    ['evidence', users],
  ]);
});

test('an old success expires: stale, not green and not red', async () => {
  await cluster.evidence('drill', 'orders', 'pass', 8 * 86_400);
  await cluster.evidence('drill', 'users', 'pass', 60);
  const verdict = await cluster.judge(drillAge);
  expect(verdict.sentence).toContain('drill again');
  const expiresAt = expiryOf(verdict.observedAt, drillAge.expiresAfterSeconds);
  expect(stateAt({ state: verdict.state, expiresAt }, cluster.now)).toBe('stale');
});

test('a failed drill fails, and a partial one is not green', async () => {
  await cluster.evidence('drill', 'orders', 'partial', 60);
  await cluster.evidence('drill', 'users', 'pass', 60);
  expect(await cluster.judge(drillAge)).toMatchObject({ state: 'unknown' });
  await cluster.evidence('drill', 'users', 'fail', 30);
  const verdict = await cluster.judge(drillAge);
  expect(verdict.state).toBe('fail');
  expect(verdict.sentence).toContain('drill of users failed');
});

test('a drill of the whole server speaks for each database that it has read', async () => {
  const facts = { method: 'physical', label: '20261121-100000F', databases: ['orders'] };
  await cluster.evidence('drill', null, 'pass', 120, facts);
  expect((await cluster.judge(drillAge)).sentence).toContain('No backup of users was ever drilled');
  await cluster.evidence('drill', null, 'pass', 60, { ...facts, databases: ['orders', 'users'] });
  expect(await cluster.judge(drillAge)).toMatchObject({ state: 'pass', value: 60 });
  await cluster.evidence('drill', 'orders', 'pass', 30);
  await cluster.evidence('drill', null, 'fail', 20, { ...facts, databases: [] });
  const verdict = await cluster.judge(drillAge);
  expect(verdict.state).toBe('fail');
  expect(verdict.sentence).toContain('the whole server (20261121-100000F) failed');
});
