import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

/** Makes a database look as if it had been frozen so many transactions ago. */
const frozenAgo = (transactions: number) =>
  `update pg_database
   set datfrozenxid = (((pg_current_xact_id()::text::int8 - ${transactions} + 4294967296) % 4294967296)::text)::xid
   where datname = 'old'`;

test('transaction-age: silent, then a database that was long not frozen, then frozen', async () => {
  const server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  await sqlOn(server, 'postgres', 'create database old');
  const watcher = await watchWith('transaction-age', server);
  const healthy = await watcher.run();
  expect(healthy.findings).toEqual([]);
  expect(healthy.rows.map(({ database }) => database)).toContain('template0');

  await sqlOn(server, 'postgres', frozenAgo(1_200_000_000));
  expect((await watcher.run()).findings).toMatchObject([
    {
      level: 'warn',
      object: 'old',
      sentence: expect.stringMatching(/^old has used 60 % of the transaction ids/),
    },
  ]);
  await sqlOn(server, 'postgres', frozenAgo(1_600_000_000));
  expect((await watcher.run()).findings).toMatchObject([{ level: 'crit' }]);
  await sqlOn(server, 'postgres', frozenAgo(100));
  expect((await watcher.run()).closed.length).toBe(1);
  await watcher.close();
  await server.stop();
});
