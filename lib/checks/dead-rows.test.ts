import { expect, test } from 'vitest';
import { makeWatchLogin, runUntil, sqlOn, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('dead-rows: silent, then half of a table is dead for a quarter of an hour, then vacuumed', async () => {
  const server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table "Gone" as select n from generate_series(1, 40000) n',
    'alter table "Gone" set (autovacuum_enabled = off, autovacuum_vacuum_scale_factor = 0.5)',
  );
  await work(server, 'postgres', 'vacuum analyze "Gone"');
  const watcher = await watchWith('dead-rows', server);
  expect((await watcher.run()).findings).toEqual([]);

  await work(server, 'postgres', 'delete from "Gone" where n % 2 = 0');
  const seen = await runUntil(watcher, ({ rows }) => rows[0]?.dead_rows === 20_000, 'the dead rows');
  expect(seen.findings).toEqual([]);
  expect(seen.rows[0]).toMatchObject({ autovacuum: 'off', vacuumed_from: 20_050, dead_percent: 50 });
  expect((await watcher.run({ afterSeconds: 901 })).findings).toMatchObject([
    {
      level: 'warn',
      object: 'postgres · public · Gone',
      sentence: expect.stringMatching(
        /^50 % of the rows of public\.Gone in postgres are dead .*autovacuum is off/,
      ),
    },
  ]);
  await work(server, 'postgres', 'vacuum "Gone"');
  await runUntil(watcher, ({ rows }) => rows[0]?.dead_rows === 0, 'the vacuum');
  expect((await watcher.run({ afterSeconds: 60 })).findings).toEqual([]);
  await watcher.close();
  await server.stop();
});
