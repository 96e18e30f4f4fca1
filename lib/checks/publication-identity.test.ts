import { expect, test } from 'vitest';
import { makeWatchLogin, openSession, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('publication-identity: silent, then a table without a key is published, then given an identity', async () => {
  const server = await startPostgres({ config: { wal_level: 'logical' } });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table fine (id int primary key)',
    'create table whole (id int)',
    'alter table whole replica identity full',
    'create table "no key" (id int not null)',
    'create table added (id int)',
    'create publication "all of it" for table fine, whole',
    `create publication inserts for table added with (publish = 'insert')`,
  );
  const watcher = await watchWith('publication-identity', server);
  expect(await watcher.run()).toMatchObject({ rows: [], findings: [] });

  await sqlOn(server, 'postgres', 'alter publication "all of it" add table "no key"');
  const sick = await watcher.run();
  expect(sick.findings).toMatchObject([{ level: 'warn', object: 'postgres · all of it · public · no key' }]);
  expect(sick.findings[0]?.sentence).toContain('published for update, delete by all of it');
  // It is true: the statement does fail.
  const session = await openSession(server);
  await session.query('insert into public."no key" values (1)');
  await expect(session.query('update public."no key" set id = 2')).rejects.toThrow(/replica identity/);
  await session.close();

  await sqlOn(
    server,
    'postgres',
    'create unique index no_key_id on "no key" (id)',
    'alter table "no key" replica identity using index no_key_id',
  );
  expect(await watcher.run()).toMatchObject({ rows: [], findings: [] });
  await watcher.close();
  await server.stop();
});
