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

const read = (row: Record<string, string | number | null>) => ({
  ...{ trouble: 0, says: '', lag_seconds: 0.1, unknown_reason: null },
  ...row,
});
const fed = { standby: 'standby', watched_as: 'standby' };

test('unknown before the primary was read; without any standby it does not apply, and says by what', async () => {
  expect(await cluster.judge(replicationLag)).toMatchObject({ state: 'unknown' });
  await cluster.answer('replication-senders', primary, []);
  const verdict = await cluster.judge(replicationLag);
  expect(verdict.state).toBe('not-applicable');
  expect(verdict.sentence).toContain('the cluster has no standby');
  expect(verdict.observedAt).not.toBe(null);
});

test('judged by the 95th percentile of the slowest standby, once its both sides are read', async () => {
  const standby = await cluster.addInstance('standby', 'standby');
  await cluster.answer('replication-senders', primary, [fed]);
  expect((await cluster.judge(replicationLag)).sentence).toContain('has not been read yet');
  await cluster.answer('replication', standby, [read({})]);
  expect(await cluster.judge(replicationLag)).toMatchObject({ state: 'unknown' });
  await cluster.samples('replication', standby, steady(0.2));
  expect(await cluster.judge(replicationLag)).toMatchObject({ state: 'pass', value: 0.2 });
  await cluster.samples('replication', standby, steady(7));
  expect(await cluster.judge(replicationLag)).toMatchObject({ state: 'fail', value: 7 });
});

test('a cut stream has no lag to read and fails all the same; an unwatched or unread standby is not known', async () => {
  const standby = await cluster.addInstance('standby', 'standby');
  await cluster.samples('replication', standby, steady(0.2));
  await cluster.answer('replication-senders', primary, []);
  const says = 'The stream of standby is cut.';
  await cluster.answer('replication', standby, [read({ trouble: 2, says, lag_seconds: 0 })]);
  expect(await cluster.judge(replicationLag)).toMatchObject({ state: 'fail', sentence: says });
  await cluster.answer('replication', standby, [read({ lag_seconds: null, unknown_reason: 'nobody asked' })]);
  expect(await cluster.judge(replicationLag)).toMatchObject({
    state: 'unknown',
    sentence: expect.stringContaining('nobody asked'),
  });
  await cluster.answer('replication-senders', primary, [{ standby: 'other', watched_as: null }]);
  expect((await cluster.judge(replicationLag)).sentence).toContain(
    'other is fed by primary and is not watched',
  );
});

test('two primaries are a question for a person, not a verdict', async () => {
  await cluster.addInstance('former', 'primary');
  const verdict = await cluster.judge(replicationLag);
  expect(verdict.state).toBe('unknown');
  expect(verdict.sentence).toContain('former and primary all say');
});
