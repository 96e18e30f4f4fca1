import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWatchLogin, openSession, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

it('fires on the database whose transactions are rolled back', async () => {
  await sqlOn(server, 'postgres', 'create database "shop <b>"');
  const watch = await watchWith('transactions', server);
  const session = await openSession(server, { database: 'shop <b>' });
  const many = async (end: 'commit' | 'rollback') => {
    for (let each = 0; each < 120; each += 1) {
      await session.query('begin');
      await session.query('select 1');
      await session.query(end);
    }
    // A session reports its counts together with those of tables that it touched, and at once only when asked.
    await session.query('select count(*) from pg_class');
    await session.query('select pg_stat_force_next_flush()');
    await session.query('select 1');
  };
  await watch.run();
  await many('commit');
  const healthy = await watch.run({ afterSeconds: 10 });
  expect(healthy.findings).toEqual([]);

  await many('rollback');
  await watch.run({ afterSeconds: 10 });
  await many('rollback');
  const sick = await watch.run({ afterSeconds: 310 });
  expect(sick.findings).toMatchObject([{ object: 'shop <b>', judged: 'rollback_share', level: 'crit' }]);
  expect(
    sick.samples.find(({ key }) => key.database === 'shop <b>')?.values.rollbacks,
  ).toBeGreaterThanOrEqual(120);

  await many('commit');
  await watch.run({ afterSeconds: 10 });
  await many('commit');
  const cured = await watch.run({ afterSeconds: 40 });
  expect(cured.findings).toEqual([]);
  await session.close();
  await watch.close();
});
