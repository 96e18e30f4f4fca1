import { afterEach, beforeEach, expect, test } from 'vitest';
import archiverExposure from '@/lib/criteria/archiver-exposure';
import { setObjectives } from '@/lib/store/objectives';
import { type Readiness, readiness } from '@/lib/testing/readiness';

let cluster: Readiness;
let primary: string;
beforeEach(async () => {
  cluster = await readiness();
  primary = await cluster.addInstance('primary', 'primary');
});
afterEach(() => cluster.close());

test('unknown before it was read, and when the login may not see it: with the grant that mends it', async () => {
  expect(await cluster.judge(archiverExposure)).toMatchObject({ state: 'unknown' });
  const mend = 'grant pg_monitor to the watch login';
  await cluster.answer('archiver', primary, [], { state: 'unknown', reason: 'permission denied', mend });
  const verdict = await cluster.judge(archiverExposure);
  expect(verdict.state).toBe('unknown');
  expect(verdict.sentence).toContain('permission denied. Grant pg_monitor to the watch login.');
});

test('a server that does not archive fails', async () => {
  await cluster.answer('archiver', primary, [
    { not_archiving: 'archive_mode is off', exposure_seconds: null },
  ]);
  const verdict = await cluster.judge(archiverExposure);
  expect(verdict.state).toBe('fail');
  expect(verdict.sentence).toContain('archive_mode is off');
});

test('the worst reading of the hour decides', async () => {
  await cluster.answer('archiver', primary, [{ not_archiving: null, exposure_seconds: 0 }]);
  expect(await cluster.judge(archiverExposure)).toMatchObject({ state: 'unknown' });
  await cluster.samples('archiver', primary, [{ exposure_seconds: 300 }, { exposure_seconds: 0 }]);
  expect(await cluster.judge(archiverExposure)).toMatchObject({ state: 'pass', value: 300 });
  await cluster.samples('archiver', primary, [{ exposure_seconds: 301 }, { exposure_seconds: 0 }]);
  expect(await cluster.judge(archiverExposure)).toMatchObject({ state: 'fail', value: 301 });
  await setObjectives(cluster.db, cluster.clusterId, { rtoSeconds: 900, rpoSeconds: 600 });
  expect(await cluster.judge(archiverExposure)).toMatchObject({ state: 'pass', value: 301 });
});
