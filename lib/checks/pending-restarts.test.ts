import { expect, test } from 'vitest';
import { makeWatchLogin, runUntil, sqlOn, watchUser, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('pending-restarts: silent, then a setting that waits for a restart, then taken back', async () => {
  const server = await startPostgres({ config: { max_connections: 60 } });
  await makeWatchLogin(server);
  const watcher = await watchWith('pending-restarts', server);
  expect((await watcher.run()).findings).toEqual([]);

  await sqlOn(server, 'postgres', 'alter system set max_connections = 90', 'select pg_reload_conf()');
  const sick = await runUntil(watcher, ({ findings }) => findings.length > 0, 'the setting waits');
  expect(sick.findings).toMatchObject([{ object: 'max_connections', level: 'warn' }]);
  expect(sick.findings[0]?.sentence).toBe(
    'max_connections was changed and db1 still runs with 60: it waits for a restart (new value: –).',
  );
  expect(sick.rows[0]?.note).toContain(
    'grant execute on function pg_show_all_file_settings() to plumbline_watch',
  );
  await sqlOn(server, 'postgres', `grant execute on function pg_show_all_file_settings() to ${watchUser}`);
  expect((await watcher.run()).rows[0]).toMatchObject({
    wanted: '90',
    place: expect.stringMatching(/postgresql\.auto\.conf, line \d+$/),
  });

  await sqlOn(server, 'postgres', 'alter system reset max_connections', 'select pg_reload_conf()');
  await runUntil(watcher, ({ findings }) => findings.length === 0, 'nothing waits');
  await watcher.close();
  await server.stop();
});
