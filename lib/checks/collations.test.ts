import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('collations: silent, then one whose library is of another version than its indexes, then rebuilt', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    "create collation german (provider = icu, locale = 'de')",
    'create table names (name text collate german)',
    'create index on names (name)',
  );
  const watcher = await watchWith('collations', server);
  expect((await watcher.run()).findings).toEqual([]);

  await sqlOn(server, 'postgres', "update pg_collation set collversion = '1.2' where collname = 'german'");
  const sick = await watcher.run();
  expect(sick.rows).toMatchObject([{ collation: 'german', provider: 'icu', recorded: '1.2', indexes: 1 }]);
  expect(sick.findings).toMatchObject([{ object: 'postgres · german', level: 'warn' }]);

  await sqlOn(server, 'postgres', "update pg_database set datcollversion = '2.1' where datname = 'postgres'");
  const own = (await watcher.run()).rows.map(({ collation }) => collation);
  expect(own).toContain('the database’s own');

  await sqlOn(
    server,
    'postgres',
    'reindex table names',
    'alter collation german refresh version',
    "update pg_database set datcollversion = null where datname = 'postgres'",
  );
  expect((await watcher.run()).findings).toEqual([]);
  await watcher.close();
  await server.stop();
});
