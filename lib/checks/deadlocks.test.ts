import { expect, test } from 'vitest';
import { makeWatchLogin, openSession, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('deadlocks: silent, then two sessions lock in opposite orders, then silent', async () => {
  const server = await startPostgres({ config: { deadlock_timeout: '10ms' } });
  await makeWatchLogin(server);
  await sqlOn(server, 'postgres', 'create table rows as select n from generate_series(1, 2) as n');
  const watcher = await watchWith('deadlocks', server);
  await watcher.run();
  expect((await watcher.run({ afterSeconds: 60 })).findings).toEqual([]);

  const one = await openSession(server);
  const other = await openSession(server);
  const lock = (row: number) => `select from public.rows where n = ${row} for update`;
  await one.query('begin');
  await other.query('begin');
  await one.query(lock(1));
  await other.query(lock(2));
  const both = await Promise.allSettled([one.query(lock(2)), other.query(lock(1))]);
  expect(both.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  // A session tells of its counters when it ends at the latest.
  await one.close();
  await other.close();
  const sick = await runUntil(watcher, ({ findings }) => findings.length > 0, 'the deadlock is counted');
  expect(sick.findings).toMatchObject([
    {
      object: 'postgres',
      level: 'warn',
      sentence: 'Deadlocks in postgres in the last minute: 1. Each ended a transaction with an error.',
    },
  ]);

  expect((await watcher.run({ afterSeconds: 60 })).findings).toEqual([]);
  await watcher.close();
  await server.stop();
});
