import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('extension-updates: silent, then one of an old version, then updated', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  await sqlOn(server, 'postgres', 'create extension pg_trgm');
  const watcher = await watchWith('extension-updates', server);
  const healthy = await watcher.run();
  expect(healthy.findings).toEqual([]);
  expect(healthy.rows.map(({ extension }) => extension)).toContain('pg_trgm');

  await sqlOn(server, 'postgres', "create extension pgstattuple version '1.4'");
  const sick = await watcher.run();
  expect(sick.findings).toMatchObject([{ object: 'postgres · pgstattuple', level: 'warn' }]);
  expect(sick.findings[0]?.sentence).toContain('is version 1.4; this server has 1.5');

  await sqlOn(server, 'postgres', 'alter extension pgstattuple update');
  expect((await watcher.run()).findings).toEqual([]);
  await watcher.close();
  await server.stop();
});
