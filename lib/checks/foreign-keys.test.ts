import { expect, test } from 'vitest';
import { makeWatchLogin, runUntil, sqlOn, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

const rows = (table: string) => `insert into ${table} select n, 1, 1 from generate_series(1, 2000) n`;

test('foreign-keys: silent with an index, then without one, then with one again', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table parent (a int, b int, primary key (a, b))',
    'insert into parent values (1, 1)',
  );
  await sqlOn(
    server,
    'postgres',
    'create table child (id int, a int, b int, constraint "its ""key" foreign key (a, b) references parent)',
    rows('child'),
    'create index child_key on child (b, a, id)',
    'analyze',
  );
  const watcher = await watchWith('foreign-keys', server);
  expect(await watcher.run()).toMatchObject({ state: 'ok', rows: [], findings: [] });

  await sqlOn(server, 'postgres', 'drop index child_key');
  const sick = await watcher.run();
  expect(sick.findings).toMatchObject([
    {
      level: 'warn',
      sentence: 'Foreign key its "key of public.child in postgres (a, b → parent) has no usable index.',
    },
  ]);
  await sqlOn(server, 'postgres', 'create index on child (a, b)');
  expect((await watcher.run()).closed.length).toBe(1);
  await watcher.close();
  await server.stop();
});

test('foreign-keys: which indexes serve a key and which do not', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  const table = (name: string, ...more: string[]) => [
    `create table ${name} (id int, a int references p, b int)`,
    rows(name),
    ...more,
  ];
  await sqlOn(
    server,
    'postgres',
    'create table p (a int primary key)',
    'insert into p values (1)',
    ...table('served_by_partial', 'create index on served_by_partial (a) where a is not null'),
    ...table('served_by_hash', 'create index on served_by_hash using hash (a)'),
    ...table('not_leading', 'create index on not_leading (b, a)'),
    ...table('included_only', 'create index on included_only (b) include (a)'),
    ...table('other_predicate', 'create index on other_predicate (a) where b = 1'),
    ...table('brin_only', 'create index on brin_only using brin (a)'),
    'create table pair (a int, b int, primary key (a, b))',
    'insert into pair values (1, 1)',
    'create table composite (a int, b int, foreign key (a, b) references pair)',
    'insert into composite select 1, 1 from generate_series(1, 2000)',
    'create index on composite (b, a) where b is not null and a is not null',
    'create table begins (a int, "B b" int, c int, foreign key (a, "B b") references pair)',
    'insert into begins select 1, 1, 1 from generate_series(1, 2000)',
    'create index begins_idx on begins ("B b", c)',
    'create table parts (id int, a int references p, b int) partition by range (id)',
    'create table parts_1 partition of parts for values from (0) to (5000)',
    rows('parts'),
    'analyze',
  );
  const watcher = await watchWith('foreign-keys', server);
  const seen = await watcher.run();
  const names = seen.rows.map(({ table: name }) => name).sort();
  expect(names).toEqual(['begins', 'brin_only', 'included_only', 'not_leading', 'other_predicate', 'parts']);
  expect(seen.rows.find(({ table: name }) => name === 'begins')).toMatchObject({
    partly_by: 'begins_idx',
    definition: 'create index on public.begins (a, "B b")',
  });
  // With no delete of a parent, what is joined the most stands first, though partitions have their reads and its size.
  await work(
    server,
    'postgres',
    ...Array<string>(5).fill('select count(*) from p join parts using (a)'),
    ...Array<string>(3).fill('select count(*) from p join other_predicate using (a)'),
  );
  const joined = await runUntil(watcher, ({ rows }) => rows[0]?.seq_rows === 10_000, 'joins to be counted');
  expect(joined.rows.slice(0, 2)).toMatchObject([
    { table: 'parts', seq_scans: 5, seq_rows: 10_000, parent_deletes: 0 },
    { table: 'other_predicate' },
  ]);
  expect(joined.findings.length).toBe(seen.findings.length);
  await work(server, 'postgres', 'insert into p values (2)', 'delete from p where a = 2');
  await runUntil(watcher, ({ rows }) => rows[0]?.parent_deletes === 1, 'the deletes to be counted');
  await watcher.close();
  await server.stop();
});
