import { afterEach, beforeEach, expect, test } from 'vitest';
import replicationLag from '@/lib/criteria/replication-lag';
import { type Readiness, readiness } from '@/lib/testing/readiness';

let cluster: Readiness;
let primary: string;
beforeEach(async () => {
  cluster = await readiness();
  primary = await cluster.addInstance('primary', 'primary');
});
afterEach(() => cluster.close());

const steady = (lag_seconds: number) => Array.from({ length: 20 }, () => ({ lag_seconds }));

test('unknown before the primary was read; without any standby it does not apply, and says by what', async () => {
  expect(await cluster.judge(replicationLag)).toMatchObject({ state: 'unknown' });
  await cluster.answer('replication', primary, []);
  const verdict = await cluster.judge(replicationLag);
  expect(verdict.state).toBe('not-applicable');
  expect(verdict.sentence).toContain('the cluster has no standby');
  expect(verdict.observedAt).not.toBe(null);
});

test('judged by the 95th percentile of the slowest standby', async () => {
  await cluster.addInstance('standby', 'standby');
  await cluster.answer('replication', primary, [{ standby: 'standby', lag_seconds: 0 }]);
  expect(await cluster.judge(replicationLag)).toMatchObject({ state: 'unknown' });
  await cluster.samples('replication', primary, steady(0.2));
  expect(await cluster.judge(replicationLag)).toMatchObject({ state: 'pass', value: 0.2 });
  await cluster.samples('replication', primary, steady(7));
  expect(await cluster.judge(replicationLag)).toMatchObject({ state: 'fail', value: 7 });
});

test('a cut stream has no lag to read and fails all the same', async () => {
  const standby = await cluster.addInstance('standby', 'standby');
  await cluster.samples('replication', primary, steady(0.2));
  await cluster.answer('replication', primary, []);
  expect(await cluster.judge(replicationLag)).toMatchObject({ state: 'fail' });
  await cluster.answer('replication', primary, [{ standby: 'other', lag_seconds: 0 }]);
  await cluster.answer('replication-receiver', standby, [{ stream_cut: 1 }]);
  const verdict = await cluster.judge(replicationLag);
  expect(verdict.state).toBe('fail');
  expect(verdict.sentence).toContain('standby gets nothing from primary');
});

test('two primaries are a question for a person, not a verdict', async () => {
  await cluster.addInstance('former', 'primary');
  const verdict = await cluster.judge(replicationLag);
  expect(verdict.state).toBe('unknown');
  expect(verdict.sentence).toContain('former and primary all say');
});
