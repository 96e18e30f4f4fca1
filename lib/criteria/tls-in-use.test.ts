import { expect, test } from 'vitest';
import tlsInUse from '@/lib/criteria/tls-in-use';
import { readiness } from '@/lib/testing/readiness';

test('unknown without logins and while one was never tried; one in clear fails; all by TLS passes', async () => {
  const cluster = await readiness();
  const primary = await cluster.addInstance('primary', 'primary');
  expect(await cluster.judge(tlsInUse)).toMatchObject({ state: 'unknown' });
  await cluster.login(primary, 'watch', { tls: true, superuser: false });
  await cluster.login(primary, 'backup', null);
  const untried = await cluster.judge(tlsInUse);
  expect(untried.state).toBe('unknown');
  expect(untried.sentence).toContain('Never tried: backup on primary');
  await cluster.login(primary, 'backup', { tls: false, superuser: false });
  const clear = await cluster.judge(tlsInUse);
  expect(clear).toMatchObject({ state: 'fail', value: 1 });
  expect(clear.sentence).toContain('backup on primary');
  await cluster.login(primary, 'backup', { tls: true, superuser: false });
  const passed = await cluster.judge(tlsInUse);
  expect(passed).toMatchObject({ state: 'pass', value: 0 });
  // The mode `require` encrypts and verifies nobody: the verdict says so.
  expect(passed.sentence).toContain('not verified');
  await cluster.close();
});
