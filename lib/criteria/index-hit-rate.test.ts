import { expect, test } from 'vitest';
import indexHitRate from '@/lib/criteria/index-hit-rate';
import { readiness } from '@/lib/testing/readiness';

test('unknown without a reading, pass above 95 %, fail below', async () => {
  const cluster = await readiness();
  const id = await cluster.addInstance('primary', 'primary');
  expect(await cluster.judge(indexHitRate)).toMatchObject({ state: 'unknown', links: [] });
  await cluster.samples(
    'index-hit',
    id,
    Array.from({ length: 100 }, () => ({ hit: 960, accesses: 1000 })),
  );
  expect(await cluster.judge(indexHitRate)).toMatchObject({ state: 'pass', value: 96 });
  await cluster.samples(
    'index-hit',
    id,
    Array.from({ length: 100 }, () => ({ hit: 500, accesses: 1000 })),
  );
  const failing = await cluster.judge(indexHitRate);
  expect(failing).toMatchObject({ state: 'fail', value: 73 });
  expect(failing.links).toMatchObject([{ kind: 'check', id: 'index-hit', instanceId: id }]);
  await cluster.close();
});
