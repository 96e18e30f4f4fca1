import { expect, test } from 'vitest';
import { makeWatchLogin, openSession, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('vacuum-progress: silent, then a slow vacuum by table, its index passes judged, then over', async () => {
  const server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  await sqlOn(server, 'postgres', 'create table "Slow" as select n from generate_series(1, 100000) n');
  const watcher = await watchWith('vacuum-progress', server);
  expect((await watcher.run()).rows).toEqual([]);
  const vacuum = await openSession(server);
  await vacuum.query('set vacuum_cost_delay = 100');
  await vacuum.query('set vacuum_cost_limit = 1');
  const running = vacuum.query('vacuum public."Slow"').catch((error: unknown) => error);
  const seen = await runUntil(watcher, ({ rows }) => rows.length > 0, 'the vacuum');
  expect(seen.rows[0]).toMatchObject({ schema: 'public', table: 'Slow', started_by: 'by hand or job' });
  expect(seen.findings).toEqual([]);
  expect((await watcher.run({ older: { index_passes: 2 } })).findings).toMatchObject([
    { level: 'warn', sentence: expect.stringContaining('public.Slow in postgres') },
  ]);
  await sqlOn(server, 'postgres', `select pg_cancel_backend(${vacuum.backendPid})`);
  await running;
  expect((await watcher.run()).findings).toEqual([]);
  await Promise.all([vacuum.close(), watcher.close()]);
  await server.stop();
});
