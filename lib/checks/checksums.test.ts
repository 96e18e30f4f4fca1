import { closeSync, openSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeWatchLogin, openSession, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('checksums: silent, then a page that the disk changed, then the statistics are reset', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table kept as select n from generate_series(1, 100) as n',
    'checkpoint',
  );
  const before = await watchWith('checksums', server);
  const healthy = await before.run();
  expect(healthy.findings).toEqual([]);
  expect(healthy.rows).toContainEqual(
    expect.objectContaining({ database: 'postgres', failures: 0, checksums: 'on' }),
  );
  await before.close();

  const session = await openSession(server);
  const [file] = await session.query("select pg_relation_filepath('public.kept') as path");
  await session.close();
  await server.shutDown();
  const page = openSync(`${server.dataDir}/${String(file?.path)}`, 'r+');
  writeSync(page, Buffer.from('another word'), 0, 12, 4000);
  closeSync(page);
  await server.restart();
  await expect(sqlOn(server, 'postgres', 'select * from kept')).rejects.toThrow(/invalid page/);

  const watcher = await watchWith('checksums', server);
  const sick = await runUntil(watcher, ({ findings }) => findings.length > 0, 'the failure is counted');
  expect(sick.findings).toMatchObject([{ object: 'postgres', judged: 'failures', level: 'crit' }]);
  expect(sick.findings[0]?.sentence).toContain('Pages in postgres on db1 with a wrong checksum: 1');

  await sqlOn(server, 'postgres', 'drop table kept', 'select pg_stat_reset()');
  expect((await watcher.run()).findings).toEqual([]);
  await watcher.close();
  await server.stop();
});
