import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWatchLogin, openSession, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres({ config: { shared_buffers: '1MB', max_connections: 20 } });
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

const sums = `
  select sum(length(v)) from big where id between $1::int and $1::int + 150000`;

it('fires on the database whose working set does not fit, over the interval and not since the start', async () => {
  await sqlOn(server, 'postgres', 'create database orders');
  await sqlOn(
    server,
    'orders',
    "create table big as select g as id, repeat('x', 600) as v from generate_series(1, 160000) g",
    'create table small as select g as id from generate_series(1, 1000) g',
  );
  const watch = await watchWith('cache-hit', server);
  const session = await openSession(server, { database: 'orders' });
  await session.query('set search_path to public');
  await session.query('set max_parallel_workers_per_gather to 0');
  const flush = async () => {
    await session.query('select pg_stat_force_next_flush()');
    await session.query('select 1');
  };
  const hits = async () => {
    for (let each = 0; each < 3000; each += 1) await session.query('select count(*) from small');
    await flush();
  };
  await watch.run();
  await hits();
  const healthy = await watch.run({ afterSeconds: 10 });
  expect(healthy.findings).toEqual([]);

  for (const afterSeconds of [10, 310]) {
    await session.query(sums, [1]);
    await session.query(sums, [2]);
    await flush();
    const sick = await watch.run({ afterSeconds });
    if (afterSeconds === 310) {
      expect(sick.findings).toMatchObject([{ object: 'orders', judged: 'cache_hit' }]);
      expect(sick.findings[0]?.sentence).toContain('orders');
    }
  }

  await hits();
  await watch.run({ afterSeconds: 10 });
  await hits();
  const cured = await watch.run({ afterSeconds: 40 });
  expect(cured.findings).toEqual([]);
  await session.close();
  await watch.close();
});
