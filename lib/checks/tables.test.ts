import { expect, test } from 'vitest';
import { makeWatchLogin, openSession, runUntil, sqlOn, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('tables: sizes by part, partitions with their root, and what is locked is left out, not waited for', async () => {
  const server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    `create table "T'a""b" (id int primary key, body text)`,
    `alter table "T'a""b" alter body set storage external`,
    `create table parts (at date) partition by range (at)`,
    `create table parts_2020 partition of parts for values from ('2020-01-01') to ('2021-01-01')`,
  );
  await work(
    server,
    'postgres',
    `insert into "T'a""b" select g, repeat('x', 4000) from generate_series(1, 200) g`,
    `delete from "T'a""b" where id % 2 = 0`,
  );
  const watcher = await watchWith('tables', server);
  const named = (seen: Awaited<ReturnType<typeof watcher.run>>, table: string) =>
    seen.rows.find((row) => row.table === table);
  const seen = await runUntil(watcher, (each) => named(each, `T'a"b`)?.dead_rows === 100, 'dead rows');
  expect(seen.findings).toEqual([]);
  const table = named(seen, `T'a"b`);
  expect(table).toMatchObject({ kind: 'table', size_method: 'measured', live_rows: 100 });
  for (const part of ['heap_bytes', 'toast_bytes', 'index_bytes']) expect(table?.[part]).toBeGreaterThan(0);
  expect(Number(table?.toast_bytes)).toBeGreaterThan(Number(table?.heap_bytes));
  expect(named(seen, 'parts_2020')).toMatchObject({
    kind: 'partition',
    root_schema: 'public',
    root_table: 'parts',
  });
  expect(named(seen, 'parts')).toMatchObject({ kind: 'partitioned', bytes: null });

  const locker = await openSession(server);
  await locker.query('begin');
  await locker.query(`lock table public."T'a""b"`);
  const locked = await watcher.run();
  expect(locked.state).toBe('ok');
  expect(named(locked, `T'a"b`)).toMatchObject({ bytes: null, size_method: 'not read: locked exclusively' });
  expect(locked.samples.length).toBeGreaterThan(0);
  await locker.query('rollback');
  await locker.close();
  await watcher.close();
  await server.stop();
});
