import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWatchLogin, openSession, runCheckOnce, sqlOn } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

it('fires on the leftover of a failed concurrent build, and not on one that is being built', async () => {
  await sqlOn(
    server,
    'postgres',
    'create table "odd ""table" (id int, v int)',
    'insert into "odd ""table" select g, 1 from generate_series(1, 100) g',
    'create index fine on "odd ""table" (id)',
  );
  const healthy = await runCheckOnce('indexes', server);
  expect(healthy.rows).toMatchObject([{ index: 'fine', table: 'odd "table', invalid: 0, method: 'btree' }]);
  expect(healthy.findings).toEqual([]);

  const reader = await openSession(server);
  await reader.query('begin isolation level repeatable read');
  await reader.query('select 1');
  const builder = await openSession(server);
  await builder.query('set search_path to public');
  const build = builder.query('create index concurrently slow on "odd ""table" (v)');
  await until(async () => (await runCheckOnce('indexes', server)).rows.length === 2, 'the build has begun');
  expect((await runCheckOnce('indexes', server)).findings).toEqual([]);
  await reader.query('commit');
  await build;

  await expect(
    builder.query('create unique index concurrently broken on "odd ""table" (v)'),
  ).rejects.toThrow();
  const sick = await runCheckOnce('indexes', server);
  expect(sick.findings).toMatchObject([{ level: 'crit', judged: 'invalid' }]);
  expect(sick.findings[0]?.sentence).toContain('Index public.broken on odd "table in postgres is invalid');

  await sqlOn(server, 'postgres', 'drop index broken');
  expect((await runCheckOnce('indexes', server)).findings).toEqual([]);
  await Promise.all([reader.close(), builder.close()]);
});
