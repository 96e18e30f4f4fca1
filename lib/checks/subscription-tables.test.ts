import { expect, test } from 'vitest';
import { makeWatchLogin, openSession, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('subscription-tables: a copy that fails again and again is named with its table, and gone once it is through', async () => {
  // One server is publisher and subscriber: the slot is made by hand then, or both would wait for each other.
  const server = await startPostgres({
    config: { wal_level: 'logical', wal_retrieve_retry_interval: '100ms' },
  });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create database target',
    'create table "my orders" (id int primary key)',
    'insert into "my orders" values (1)',
    'create publication orders_out for table "my orders"',
  );
  const session = await openSession(server);
  await session.query(`select pg_create_logical_replication_slot('orders_in', 'pgoutput')`);
  await session.close();
  const watcher = await watchWith('subscription-tables', server, { database: 'target' });
  expect(await watcher.run()).toMatchObject({ rows: [], findings: [] });

  const url = `host=127.0.0.1 port=${server.port} dbname=postgres user=postgres password=${server.password}`;
  await sqlOn(
    server,
    'target',
    'create table "my orders" (id int primary key)',
    'insert into "my orders" values (1)',
    `create subscription orders_in connection '${url}' publication orders_out
     with (create_slot = false, slot_name = 'orders_in')`,
  );
  const young = await runUntil(watcher, ({ rows }) => rows.length === 1, 'a table that is not in step');
  expect(young.findings).toEqual([]);
  const stuck = await watcher.run({ afterSeconds: 1801 });
  expect(stuck.findings).toMatchObject([
    {
      level: 'warn',
      object: 'target · public · my orders · orders_in',
      sentence: expect.stringMatching(
        /^Table public\.my orders of subscription orders_in in target has not come in step/,
      ),
    },
  ]);

  await sqlOn(server, 'target', 'delete from "my orders"');
  const well = await runUntil(watcher, ({ rows }) => rows.length === 0, 'the copy');
  expect(well.closed).toHaveLength(1);
  await sqlOn(
    server,
    'target',
    'alter subscription orders_in disable',
    'alter subscription orders_in set (slot_name = none)',
    'drop subscription orders_in',
  );
  await watcher.close();
  await server.stop();
}, 60_000);
