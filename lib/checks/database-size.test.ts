import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWatchLogin, runCheckOnce, sqlOn } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

it('sizes every database, those that the watch login may not enter too', async () => {
  await sqlOn(
    server,
    'postgres',
    `create database "a ""hostile"" name"`,
    `revoke connect on database "a ""hostile"" name" from public`,
  );
  const before = await runCheckOnce('database-size', server);
  await sqlOn(
    server,
    'a "hostile" name',
    'create table filled as select repeat(md5(g::text), 20) from generate_series(1, 5000) g',
  );
  const after = await runCheckOnce('database-size', server);
  const sizeIn = (watched: typeof before) =>
    Number(watched.rows.find(({ database }) => database === 'a "hostile" name')?.bytes);
  expect(before.state).toBe('ok');
  expect(sizeIn(after) - sizeIn(before)).toBeGreaterThan(3_000_000);
  expect(after.rows.map(({ database }) => database)).not.toContain('template0');
});
