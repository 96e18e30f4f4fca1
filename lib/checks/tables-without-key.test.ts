import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('tables-without-key: listed with partitions folded; a finding once a publication would break them', async () => {
  const server = await startPostgres({ config: { wal_level: 'logical' } });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table keyed (id int primary key)',
    'create table "No""key" (id int)',
    'create unique index "U" on "No""key" (id)',
    'create table parts (at date) partition by range (at)',
    `create table parts_1 partition of parts for values from ('2020-01-01') to ('2021-01-01')`,
  );
  const watcher = await watchWith('tables-without-key', server);
  const healthy = await watcher.run();
  expect(healthy.findings).toEqual([]);
  expect(healthy.rows.map(({ table }) => table)).toEqual(['No"key', 'parts']);
  expect(healthy.rows[0]).toMatchObject({ unique_indexes: 'U', publications: null });

  await sqlOn(
    server,
    'postgres',
    `create publication only_inserts for table "No""key" with (publish = 'insert')`,
  );
  expect((await watcher.run()).findings).toEqual([]);
  await sqlOn(server, 'postgres', 'create publication all_of_it for table "No""key"');
  expect((await watcher.run()).findings).toMatchObject([
    { level: 'crit', object: 'postgres · public · No"key', sentence: expect.stringContaining('all_of_it') },
  ]);
  await sqlOn(server, 'postgres', 'alter table "No""key" replica identity full');
  expect((await watcher.run()).closed.length).toBe(1);
  await sqlOn(
    server,
    'postgres',
    'alter table "No""key" replica identity default',
    'drop publication all_of_it',
    ...(server.programs.major >= 15 ? ['create publication by_schema for tables in schema public'] : []),
  );
  if (server.programs.major >= 15) expect((await watcher.run()).findings).toHaveLength(2);
  await watcher.close();
  await server.stop();
});
