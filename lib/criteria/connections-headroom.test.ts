import { expect, test } from 'vitest';
import connectionsHeadroom from '@/lib/criteria/connections-headroom';
import { readiness } from '@/lib/testing/readiness';

const steady = (count: number, used_percent: number) =>
  Array.from({ length: count }, () => ({ used_percent }));

test('unknown without readings and with too few; then judged by the 95th percentile', async () => {
  const cluster = await readiness();
  const id = await cluster.addInstance('primary', 'primary');
  expect(await cluster.judge(connectionsHeadroom)).toMatchObject({ state: 'unknown', value: null });
  await cluster.samples('connections', id, steady(10, 20));
  expect((await cluster.judge(connectionsHeadroom)).sentence).toContain('Only 10 readings');
  await cluster.db.deleteFrom('samples').execute();
  // Four spikes in a hundred are below the percentile.
  await cluster.samples('connections', id, [...steady(4, 100), ...steady(96, 20)]);
  expect(await cluster.judge(connectionsHeadroom)).toMatchObject({ state: 'pass', value: 20 });
  await cluster.close();
});

test('the worst instance decides, and it is named', async () => {
  const cluster = await readiness();
  const primary = await cluster.addInstance('primary', 'primary');
  const standby = await cluster.addInstance('reports', 'standby');
  await cluster.samples('connections', primary, steady(100, 20));
  await cluster.samples('connections', standby, steady(100, 80));
  const verdict = await cluster.judge(connectionsHeadroom);
  expect(verdict).toMatchObject({ state: 'fail', value: 80 });
  expect(verdict.sentence).toContain('reports');
  expect(verdict.links).toMatchObject([{ instanceId: standby }]);
  await cluster.close();
});
