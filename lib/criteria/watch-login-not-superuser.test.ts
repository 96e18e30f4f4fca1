import { expect, test } from 'vitest';
import watchLoginNotSuperuser from '@/lib/criteria/watch-login-not-superuser';
import { readiness } from '@/lib/testing/readiness';

test('unknown while one was never tried, fails for a superuser, passes for plain logins', async () => {
  const cluster = await readiness();
  expect(await cluster.judge(watchLoginNotSuperuser)).toMatchObject({ state: 'unknown' });
  const primary = await cluster.addInstance('primary', 'primary');
  const standby = await cluster.addInstance('standby', 'standby');
  await cluster.login(primary, 'watch', { tls: true, superuser: false });
  const untried = await cluster.judge(watchLoginNotSuperuser);
  expect(untried.state).toBe('unknown');
  expect(untried.sentence).toContain('standby');
  await cluster.login(standby, 'watch', { tls: true, superuser: true });
  const mighty = await cluster.judge(watchLoginNotSuperuser);
  expect(mighty).toMatchObject({ state: 'fail', value: 1 });
  expect(mighty.sentence).toContain('plumbline_watch on standby');
  await cluster.login(standby, 'watch', { tls: true, superuser: false });
  expect(await cluster.judge(watchLoginNotSuperuser)).toMatchObject({ state: 'pass', value: 0 });
  await cluster.close();
});
