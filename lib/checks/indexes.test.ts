import { expect, test } from 'vitest';
import { makeWatchLogin, openSession, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('indexes: silent, then a leftover of CREATE INDEX CONCURRENTLY, then rebuilt', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table twins (n int)',
    'insert into twins values (1), (1)',
    'create index fine on twins (n)',
  );
  const watcher = await watchWith('indexes', server);
  expect((await watcher.run()).findings).toEqual([]);

  const session = await openSession(server);
  await expect(session.query('create unique index concurrently broken on public.twins (n)')).rejects.toThrow(
    /could not create unique index/,
  );
  // The error is told before the server has left the statement: until the next answer it may count as being built.
  await session.query('select 1');
  const sick = await watcher.run();
  expect(sick.findings).toMatchObject([
    {
      level: 'crit',
      sentence: 'Index public.broken on twins in postgres is invalid: writes pay for it, no query uses it.',
    },
  ]);
  await session.query('drop index public.broken');
  expect((await watcher.run()).closed.length).toBe(1);
  await session.close();
  await watcher.close();
  await server.stop();
});
