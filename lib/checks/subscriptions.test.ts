import { expect, test } from 'vitest';
import { makeWatchLogin, openSession, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

test('subscriptions: silent, then one cannot apply a change, is disabled, has no worker, then is well', async () => {
  // One server is publisher and subscriber: the slot is made by hand then, or both would wait for each other.
  const server = await startPostgres({
    config: { wal_level: 'logical', wal_retrieve_retry_interval: '100ms' },
  });
  await makeWatchLogin(server);
  await sqlOn(server, 'postgres', 'create database target');
  await sqlOn(
    server,
    'postgres',
    'create table orders (id int primary key)',
    'create publication orders_out for table orders',
  );
  await sqlOn(server, 'postgres', `select pg_create_logical_replication_slot('orders_in', 'pgoutput')`);
  const watcher = await watchWith('subscriptions', server);
  expect(await watcher.run()).toMatchObject({ rows: [], findings: [] });
  const url = `host=127.0.0.1 port=${server.port} dbname=postgres user=postgres password=${server.password}`;
  await sqlOn(
    server,
    'target',
    'create table orders (id int primary key)',
    `create subscription "orders in" connection '${url}' publication orders_out
     with (create_slot = false, slot_name = 'orders_in', copy_data = false)`,
  );
  const healthy = await runUntil(watcher, ({ rows }) => rows[0]?.worker === 'running', 'running');
  expect(healthy.rows).toMatchObject([
    { database: 'target', subscription: 'orders in', down: 0, disabled: 0 },
  ]);
  expect((await watcher.run({ afterSeconds: 61 })).findings).toEqual([]);

  // The row is there already: the change cannot be applied, again and again.
  await sqlOn(server, 'target', 'insert into orders values (1)');
  await sqlOn(server, 'postgres', 'insert into orders values (1)');
  const failing = await runUntil(watcher, ({ findings }) => findings.length > 0, 'an error');
  expect(failing.findings[0]).toMatchObject({ judged: 'apply_errors', level: 'crit' });
  expect(failing.findings[0]?.sentence).toContain('Subscription orders in in target cannot apply a change');

  await sqlOn(server, 'target', 'alter subscription "orders in" disable', 'delete from orders');
  await runUntil(watcher, ({ rows }) => rows[0]?.disabled === 1, 'disabled');
  const disabled = await watcher.run({ afterSeconds: 61 });
  expect(disabled.findings).toMatchObject([
    { judged: 'disabled', level: 'warn', object: 'target · orders in' },
  ]);

  await sqlOn(server, 'target', 'alter subscription "orders in" enable');
  await runUntil(watcher, ({ rows }) => rows[0]?.worker === 'running', 'running again');
  await watcher.run({ afterSeconds: 31 });
  const well = await runUntil(watcher, ({ findings }) => findings.length === 0, 'well again');
  expect(well.rows[0]).toMatchObject({ down: 0, disabled: 0 });
  const session = await openSession(server, { database: 'target' });
  const arrived = async () => (await session.query('select from public.orders')).length === 1;
  await until(arrived, 'the change is applied');
  await session.close();
  await watcher.close();
  await server.stop();
}, 60_000);
