import { afterEach, beforeEach, expect, test } from 'vitest';
import rpo from '@/lib/criteria/rpo-within-objective';
import { type Readiness, readiness } from '@/lib/testing/readiness';

let cluster: Readiness;
beforeEach(async () => {
  cluster = await readiness();
});
afterEach(() => cluster.close());

const drill = (verdict: string, ago: number, rpoSeconds: number | null) =>
  cluster.evidence('drill', null, verdict, ago, { method: 'physical', rpoSeconds });

test('is unknown without a heartbeat, and fails with the drill that should have found it', async () => {
  expect(await cluster.judge(rpo)).toMatchObject({ state: 'unknown', links: [] });
  await drill('pass', 90, null);
  expect(await cluster.judge(rpo)).toMatchObject({ state: 'unknown' });
  await drill('fail', 60, null);
  expect(await cluster.judge(rpo)).toMatchObject({ state: 'fail' });
});

test('passes on a heartbeat in time, and not while archiving was once far behind', async () => {
  await drill('pass', 60, 2);
  expect(await cluster.judge(rpo)).toMatchObject({ state: 'pass', value: 2 });
  const primary = await cluster.addInstance('primary', 'primary');
  await cluster.samples('archiver', primary, [{ exposure_seconds: 900 }, { exposure_seconds: 10 }]);
  const verdict = await cluster.judge(rpo);
  expect(verdict).toMatchObject({ state: 'fail', value: 900 });
  expect(verdict.sentence).toContain('archive_timeout');
});
