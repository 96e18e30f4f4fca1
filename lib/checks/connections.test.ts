import { expect, test } from 'vitest';
import { makeWatchLogin, openSession, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('connections: silent, then nine of nine usable are taken, then free again', async () => {
  const server = await startPostgres({
    config: { max_connections: 12, superuser_reserved_connections: 3, max_wal_senders: 0 },
  });
  await makeWatchLogin(server);
  const watcher = await watchWith('connections', server);
  const healthy = await watcher.run();
  expect(healthy.rows[0]).toMatchObject({ usable: 9, used: 1, active: 1 });
  expect(healthy.findings).toEqual([]);

  const taken = await Promise.all(Array.from({ length: 8 }, () => openSession(server)));
  await taken[0]?.query('begin');
  const full = await watcher.run({ afterSeconds: 10 });
  expect(full.rows[0]).toMatchObject({ used: 9, used_percent: 100, idle: 7, idle_in_transaction: 1 });
  expect(full.findings).toEqual([]);
  expect((await watcher.run({ afterSeconds: 31 })).findings).toMatchObject([
    { level: 'crit', object: 'db1', sentence: '9 of 9 usable connections are taken (100 %) on db1.' },
  ]);

  await Promise.all(taken.map((session) => session.close()));
  await watcher.run({ afterSeconds: 10 });
  expect((await watcher.run({ afterSeconds: 31 })).closed.length).toBe(1);
  await watcher.close();
  await server.stop();
});

test('connections: without pg_monitor it is unknown, with the grant that mends it', async () => {
  const server = await startPostgres();
  const superuser = await openSession(server);
  await superuser.query(`create role plumbline_watch login password 'watch-password'`);
  await superuser.close();
  const watcher = await watchWith('connections', server);
  expect(await watcher.run()).toMatchObject({
    state: 'unknown',
    mend: expect.stringContaining('grant pg_monitor'),
  });
  await watcher.close();
  await server.stop();
});
