import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWatchLogin, runCheckOnce, sqlOn } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

const constraints = async () =>
  (await runCheckOnce('foreign-keys', server)).rows.map(({ table, constraint }) => `${table}.${constraint}`);

it('fires on the child that no index serves and names the key', async () => {
  await sqlOn(
    server,
    'postgres',
    'create table parents (id int primary key)',
    'insert into parents select g from generate_series(1, 2000) g',
    'create table "chil""dren" (id int primary key, parent int constraint "of <parent>" references parents)',
    'insert into "chil""dren" select g, g from generate_series(1, 2000) g',
    'create index served on "chil""dren" (parent)',
    'analyze',
  );
  expect((await runCheckOnce('foreign-keys', server)).findings).toEqual([]);

  await sqlOn(server, 'postgres', 'drop index served');
  const sick = await runCheckOnce('foreign-keys', server);
  expect(sick.findings).toMatchObject([
    { level: 'warn', object: 'postgres · public · chil"dren · of <parent>' },
  ]);
  expect(sick.findings[0]?.sentence).toContain('(parent → parents) has no usable index');

  await sqlOn(server, 'postgres', 'create index again on "chil""dren" (id, parent)');
  expect((await runCheckOnce('foreign-keys', server)).findings).toHaveLength(1);
  await sqlOn(server, 'postgres', 'create index at_last on "chil""dren" (parent, id)');
  expect((await runCheckOnce('foreign-keys', server)).findings).toEqual([]);
});

it('counts only indexes that a look-up by the key can use', async () => {
  await sqlOn(
    server,
    'postgres',
    'create table pairs (a int, b int, primary key (a, b))',
    'create table any_order (b int, a int, c int, constraint k foreign key (a, b) references pairs)',
    'create index on any_order (b, a, c)',
    'create table included (a int, b int, constraint k foreign key (a, b) references pairs)',
    'create index on included (a) include (b)',
    'create table summarised (parent int constraint k references parents)',
    'create index on summarised using brin (parent)',
    'create table some_rows (parent int constraint k references parents, paid boolean)',
    'create index on some_rows (parent) where paid',
    'create table set_rows (parent int constraint k references parents)',
    'create index on set_rows (parent) where parent is not null',
    'create table by_hash (parent int constraint k references parents)',
    'create index on by_hash using hash (parent)',
  );
  expect((await constraints()).sort()).toEqual(['included.k', 'some_rows.k', 'summarised.k']);
});

it('leaves tables of a few rows as information', async () => {
  const { rows, findings } = await runCheckOnce('foreign-keys', server);
  expect(rows.length).toBeGreaterThan(0);
  expect(findings).toEqual([]);
});
