import { afterEach, beforeEach, expect, test } from 'vitest';
import restoreTime from '@/lib/criteria/restore-time';
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

test('a restore that was never timed is unknown, also when a drill without times ran', async () => {
  expect(await cluster.judge(restoreTime)).toMatchObject({ state: 'unknown', value: null });
  await cluster.evidence('drill', 'orders', 'pass', 60);
  expect(await cluster.judge(restoreTime)).toMatchObject({ state: 'unknown', value: null });
});

test('the slowest database decides, and each must be timed', async () => {
  await cluster.evidence('drill', 'orders', 'pass', 60, { restoreSeconds: 12 });
  expect(await cluster.judge(restoreTime)).toMatchObject({ state: 'unknown', value: 12 });
  await cluster.evidence('drill', 'users', 'pass', 60, { restoreSeconds: 40 });
  const verdict = await cluster.judge(restoreTime);
  expect(verdict).toMatchObject({ state: 'pass', value: 40 });
  expect(verdict.sentence).toContain('The slowest, users, was restored in 40 s.');
  expect(verdict.links).toHaveLength(2);
});

test('one that takes longer than 15 min fails; the time of a failed drill is no proof', async () => {
  await cluster.evidence('drill', 'orders', 'pass', 60, { restoreSeconds: 901 });
  expect(await cluster.judge(restoreTime)).toMatchObject({ state: 'fail', value: 901 });
  await cluster.evidence('drill', 'orders', 'fail', 30, { restoreSeconds: 3 });
  expect(await cluster.judge(restoreTime)).toMatchObject({ state: 'unknown', value: null });
});
