import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWatchLogin, openSession, watchWith } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres({ config: { max_connections: 13, superuser_reserved_connections: 3 } });
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

it('fires when usable connections run out and names the instance', async () => {
  const watch = await watchWith('connections', server);
  const healthy = await watch.run();
  expect(healthy.rows).toMatchObject([{ usable: 10 }]);
  expect(healthy.findings).toEqual([]);

  const crowd = await Promise.all(Array.from({ length: 9 }, () => openSession(server)));
  await watch.run();
  const sick = await watch.run({ afterSeconds: 40 });
  expect(sick.rows).toMatchObject([{ used: 10, used_percent: 100, idle: 9 }]);
  expect(sick.findings).toMatchObject([{ level: 'crit', judged: 'used_percent', object: 'db1' }]);
  expect(sick.findings[0]?.sentence).toContain('10 of 10 usable connections are taken (100 %) on db1');

  await Promise.all(crowd.map((session) => session.close()));
  await watch.run();
  const cured = await watch.run({ afterSeconds: 40 });
  expect(cured.findings).toEqual([]);
  await watch.close();
});
