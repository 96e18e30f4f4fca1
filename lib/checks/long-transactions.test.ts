import { expect, test } from 'vitest';
import { makeWatchLogin, openSession, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

test('long-transactions: silent, then one that is idle in its transaction, then committed', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  const watcher = await watchWith('long-transactions', server);
  expect((await watcher.run()).rows).toEqual([]);

  const idle = await openSession(server);
  await idle.query('begin');
  await idle.query(`select 'its last statement'`);
  const older = { transaction_seconds: 1800, idle_seconds: 1000 };
  await until(async () => (await watcher.run()).rows.length === 1, 'it is five seconds old');
  expect((await watcher.run()).findings).toEqual([]);
  const sick = await watcher.run({ older });
  expect(sick.rows[0]).toMatchObject({
    pid: String(idle.backendPid),
    state: 'idle in transaction',
    username: 'postgres',
  });
  expect(sick.rows[0]?.query).toContain('its last statement');
  expect(sick.findings).toMatchObject([
    {
      judged: 'idle_seconds',
      level: 'crit',
      sentence: expect.stringContaining(`Process ${idle.backendPid} of postgres in postgres`),
    },
    { judged: 'transaction_seconds', level: 'warn' },
  ]);

  await idle.query('commit');
  const cured = await watcher.run();
  expect(cured.findings).toEqual([]);
  expect(cured.closed.length).toBe(2);
  await idle.close();
  await watcher.close();
  await server.stop();
});
