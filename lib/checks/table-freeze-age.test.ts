import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

/** Makes a table look as if it had been frozen so many transactions ago. */
const frozenAgo = (transactions: number) =>
  `update pg_class
   set relfrozenxid = (((pg_current_xact_id()::text::int8 - ${transactions} + 4294967296) % 4294967296)::text)::xid
   where relname = 'Old'`;

test('table-freeze-age: silent, then a table is past its forced vacuum, then frozen', async () => {
  const server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table "Old" (n int)',
    'create table strict (n int) with (autovacuum_freeze_max_age = 100000)',
  );
  const watcher = await watchWith('table-freeze-age', server);
  expect((await watcher.run()).findings).toEqual([]);

  await sqlOn(server, 'postgres', frozenAgo(230_000_000));
  expect((await watcher.run()).findings).toMatchObject([
    {
      level: 'warn',
      object: 'postgres · public · Old',
      sentence: expect.stringMatching(/^public\.Old in postgres is 115 % on its way/),
    },
  ]);
  await sqlOn(server, 'postgres', frozenAgo(260_000_000));
  expect((await watcher.run()).findings).toMatchObject([{ level: 'crit' }]);
  await sqlOn(server, 'postgres', 'vacuum freeze "Old"');
  expect((await watcher.run()).closed.length).toBe(1);
  await watcher.close();
  await server.stop();
});
