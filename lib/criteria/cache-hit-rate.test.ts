import { afterEach, beforeEach, expect, test } from 'vitest';
import cacheHitRate from '@/lib/criteria/cache-hit-rate';
import { type Readiness, readiness } from '@/lib/testing/readiness';

let cluster: Readiness;
beforeEach(async () => {
  cluster = await readiness();
});
afterEach(() => cluster.close());

const steady = (count: number, hit: number, accesses: number) =>
  Array.from({ length: count }, () => ({ hit, accesses }));

test('without a reading it is unknown and says what to do', async () => {
  await cluster.addInstance('primary', 'primary');
  const verdict = await cluster.judge(cacheHitRate);
  expect(verdict).toMatchObject({ state: 'unknown', value: null, observedAt: null });
  expect(verdict.sentence).toContain('Watch an instance');
});

test('a ratio of sums above 99 % passes, with a link to the chart', async () => {
  const id = await cluster.addInstance('primary', 'primary');
  // A quiet database that misses every block does not pull the busy one down.
  await cluster.samples('cache-hit', id, steady(100, 0, 1));
  await cluster.samples('cache-hit', id, steady(100, 9999, 10_000));
  const verdict = await cluster.judge(cacheHitRate);
  expect(verdict.state).toBe('pass');
  expect(verdict.value).toBeCloseTo(99.98, 2);
  expect(verdict.links).toMatchObject([{ kind: 'check', id: 'cache-hit', instanceId: id }]);
  expect(Date.parse(verdict.observedAt ?? '')).toBe(cluster.now.getTime());
});

test('exactly 99 % fails and says what to do', async () => {
  const id = await cluster.addInstance('primary', 'primary');
  await cluster.samples('cache-hit', id, steady(100, 990, 1000));
  const verdict = await cluster.judge(cacheHitRate);
  expect(verdict).toMatchObject({ state: 'fail', value: 99 });
  expect(verdict.sentence).toContain('shared_buffers');
});

test('too few blocks, or too little time, is unknown however good the ratio is', async () => {
  const id = await cluster.addInstance('primary', 'primary');
  await cluster.samples('cache-hit', id, steady(100, 10, 10));
  expect((await cluster.judge(cacheHitRate)).sentence).toContain('Only 1,000 blocks');
  await cluster.db.deleteFrom('samples').execute();
  await cluster.samples('cache-hit', id, steady(10, 100_000, 100_000));
  expect(await cluster.judge(cacheHitRate)).toMatchObject({ state: 'unknown' });
});

test('what was read before the seven days does not count', async () => {
  const id = await cluster.addInstance('primary', 'primary');
  await cluster.samples(
    'cache-hit',
    id,
    [{ hit: 0, accesses: 1_000_000 }, ...steady(7, 100_000, 100_000)],
    86_400,
  );
  expect(await cluster.judge(cacheHitRate)).toMatchObject({ state: 'pass', value: 100 });
});
