import { expect, test } from 'vitest';
import { judgeSettings } from '@/lib/engine/settings-advice';
import { makeWatchLogin, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

const reload = 'select pg_reload_conf()';

test('settings-advice: silent on good settings, fires on dangerous ones by name, silent again', async () => {
  const server = await startPostgres({ config: { fsync: true, full_page_writes: true } });
  await makeWatchLogin(server);
  const watcher = await watchWith('settings-advice', server);
  const healthy = await watcher.run();
  expect(healthy.findings).toEqual([]);
  const shared = healthy.rows.find(({ setting }) => setting === 'shared_buffers');
  expect(shared).toMatchObject({ value: '32 MB', severity: 0, takes_effect: 'at a restart' });
  expect(shared?.advice).toContain('A quarter');

  await sqlOn(
    server,
    'postgres',
    'alter system set fsync = off',
    'alter system set autovacuum = off',
    'alter system set enable_hashjoin = off',
    reload,
  );
  const sick = await runUntil(watcher, ({ findings }) => findings.length === 3, 'all are read');
  expect(sick.findings).toMatchObject([
    { object: 'autovacuum', level: 'crit' },
    { object: 'fsync', level: 'crit', sentence: expect.stringContaining('fsync is off on db1:') },
    { object: 'enable_hashjoin', level: 'warn' },
  ]);

  await sqlOn(server, 'postgres', 'alter system reset all', reload);
  await runUntil(watcher, ({ findings }) => findings.length === 0, 'all are as before');
  await watcher.close();
  await server.stop();
});

test('sizes are read in their units; what only a session sets is not judged', () => {
  const judged = judgeSettings([
    { name: 'shared_buffers', value: '1048576', unit: '8kB' },
    { name: 'work_mem', value: '1048576', unit: 'kB' },
    { name: 'max_connections', value: '200', unit: null },
    { name: 'checkpoint_timeout', value: '30', unit: 's' },
    { name: 'log_temp_files', value: '-1', unit: 'kB' },
    { name: 'enable_seqscan', value: 'on', unit: null },
  ]);
  expect(judged.map(({ setting, value, severity }) => [setting, value, severity])).toEqual([
    ['checkpoint_timeout', '30 s', 1],
    ['log_temp_files', '-1', 0],
    ['work_mem', '1 GB', 0],
    ['max_connections', '200', 0],
    ['shared_buffers', '8 GB', 0],
  ]);
  expect(judged.find(({ setting }) => setting === 'work_mem')?.advice).toContain('200 sessions takes 200 GB');
  expect(judged.find(({ setting }) => setting === 'shared_buffers')?.advice).toBeNull();
});
