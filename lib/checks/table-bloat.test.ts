import { afterAll, beforeAll, expect, it } from 'vitest';
import { grantStatements } from '@/lib/engine/grant-scripts';
import { makeWatchLogin, runCheckOnce, sqlOn, watchUser } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

it('says that statistics cannot be read rather than 0 %, and how many bytes are dead where they can', async () => {
  await sqlOn(
    server,
    'postgres',
    `create table "big ""one" (id int, v text) with (autovacuum_enabled = off)`,
    `insert into "big ""one" select g, repeat('x', 400) from generate_series(1, 200000) g`,
  );
  // In a session of its own: the first one reports its 200,000 changes when it ends, and they must not come later.
  await sqlOn(server, 'postgres', 'analyze "big ""one"');
  const blind = await runCheckOnce('table-bloat', server);
  expect(blind.rows).toMatchObject([
    {
      table: 'big "one',
      bloat_percent: null,
      not_known: 'statistics of its columns cannot be read by this login',
    },
  ]);

  const optional = grantStatements({ purpose: 'watch', user: watchUser }).filter((each) => each.optional);
  await sqlOn(server, 'postgres', ...optional.map(({ sql }) => sql));
  const healthy = await runCheckOnce('table-bloat', server);
  expect(healthy.rows[0]?.not_known).toBeNull();
  expect(healthy.rows[0]?.bloat_percent).toBeLessThan(5);
  expect(healthy.findings).toEqual([]);

  await sqlOn(server, 'postgres', 'delete from "big ""one" where id % 10 <> 0');
  expect((await runCheckOnce('table-bloat', server)).rows[0]?.not_known).toContain('too old');
  await sqlOn(server, 'postgres', 'vacuum analyze "big ""one"');
  const sick = await runCheckOnce('table-bloat', server);
  expect(sick.findings).toMatchObject([{ level: 'crit', object: 'postgres · public · big "one' }]);
  expect(sick.rows[0]?.bloat_percent).toBeGreaterThan(85);

  await sqlOn(server, 'postgres', 'vacuum full analyze "big ""one"');
  expect((await runCheckOnce('table-bloat', server)).findings).toEqual([]);
});
