import { expect, test } from 'vitest';
import { makeWatchLogin, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('autovacuum-workers: silent, then switched off, then on again; all busy for half an hour is said', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  const watcher = await watchWith('autovacuum-workers', server);
  expect((await watcher.run()).findings).toEqual([]);
  await sqlOn(server, 'postgres', 'alter system set autovacuum = off', 'select pg_reload_conf()');
  await runUntil(watcher, ({ rows }) => rows[0]?.autovacuum === 'off', 'the setting');
  expect((await watcher.run({ afterSeconds: 301 })).findings).toMatchObject([
    { level: 'warn', judged: 'is_off', sentence: expect.stringContaining('db1') },
  ]);
  await sqlOn(server, 'postgres', 'alter system reset autovacuum', 'select pg_reload_conf()');
  await runUntil(watcher, ({ rows }) => rows[0]?.autovacuum === 'on', 'the setting');
  expect((await watcher.run({ afterSeconds: 60 })).findings).toEqual([]);
  await watcher.run({ older: { busy_percent: 100 } });
  const busy = await watcher.run({ older: { busy_percent: 100 }, afterSeconds: 1801 });
  expect(busy.findings).toMatchObject([{ judged: 'busy_percent' }]);
  await watcher.close();
  await server.stop();
});
