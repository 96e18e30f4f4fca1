import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWatchLogin, openSession, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres({ config: { shared_buffers: '1MB', max_connections: 20 } });
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

it('fires on the database whose index blocks are read again and again', async () => {
  await sqlOn(server, 'postgres', 'create database orders');
  await sqlOn(
    server,
    'orders',
    'create table wide as select g as id, md5(g::text) as v from generate_series(1, 200000) g',
    'create index on wide (v)',
    'create table small (id int primary key)',
    'insert into small select g from generate_series(1, 1000) g',
    'vacuum analyze wide',
    'vacuum analyze small',
  );
  const watch = await watchWith('index-hit', server, { database: 'orders' });
  const session = await openSession(server, { database: 'orders' });
  await session.query('set search_path to public');
  await session.query('set enable_seqscan to off');
  await session.query('set enable_bitmapscan to off');
  await session.query('set enable_hashjoin to off');
  await session.query('set enable_mergejoin to off');
  const flush = async () => {
    await session.query('select pg_stat_force_next_flush()');
    await session.query('select 1');
  };
  const hits = async () => {
    for (let each = 0; each < 20; each += 1) {
      await session.query('select count(*) from generate_series(1, 1000) g join small on small.id = g');
    }
    await flush();
  };
  const misses = async () => {
    await session.query(
      'select count(*) from generate_series(1, 20000) g join wide on wide.v = md5((g * 7)::text)',
    );
    await flush();
  };
  await watch.run();
  await hits();
  const healthy = await watch.run({ afterSeconds: 30 });
  expect(healthy.findings).toEqual([]);
  expect(healthy.rows[0]?.index_hit).toBeGreaterThan(95);

  await misses();
  await watch.run({ afterSeconds: 30 });
  await misses();
  const sick = await watch.run({ afterSeconds: 310 });
  expect(sick.findings).toMatchObject([{ object: 'orders', judged: 'index_hit' }]);

  await hits();
  await watch.run({ afterSeconds: 30 });
  await hits();
  const cured = await watch.run({ afterSeconds: 40 });
  expect(cured.findings).toEqual([]);
  await session.close();
  await watch.close();
});
