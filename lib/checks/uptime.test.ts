import { expect, test } from 'vitest';
import { makeWatchLogin, runCheckOnce } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

test('uptime: counts from the last start', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  const uptime = async () => Number((await runCheckOnce('uptime', server)).rows[0]?.uptime_seconds);
  await until(async () => (await uptime()) > 0.5, 'half a second of uptime');
  const first = (await runCheckOnce('uptime', server)).rows[0]?.started;
  await server.restart();
  const again = (await runCheckOnce('uptime', server)).rows[0];
  expect(again?.started).not.toBe(first);
  expect(again?.uptime_seconds).toBeLessThan(30);
  await server.stop();
});
