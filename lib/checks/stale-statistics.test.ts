import { expect, test } from 'vitest';
import { makeWatchLogin, runUntil, sqlOn, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('stale-statistics: silent, then much changed or never analyzed, then analyzed', async () => {
  const server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  await sqlOn(server, 'postgres', 'create table "Old" as select n from generate_series(1, 50000) n');
  await work(server, 'postgres', 'analyze "Old"');
  const watcher = await watchWith('stale-statistics', server);
  expect((await watcher.run()).findings).toEqual([]);
  await work(server, 'postgres', 'update "Old" set n = n + 1 where n <= 20000');
  await work(
    server,
    'postgres',
    'create table fresh as select n from generate_series(1, 20000) n',
    'create table split (n int) partition by list (n)',
  );
  await runUntil(
    watcher,
    ({ rows }) => rows.filter((row) => Number(row.unseen_rows) >= 20_000).length === 2,
    'both',
  );
  const sick = await watcher.run({ afterSeconds: 901 });
  expect(sick.findings.map(({ object }) => object).sort()).toEqual([
    'postgres · public · Old',
    'postgres · public · fresh',
  ]);
  expect(sick.findings.find(({ object }) => object.endsWith('fresh'))?.sentence).toContain('never analyzed');
  expect(sick.rows.find(({ table }) => table === 'split')).toMatchObject({
    kind: 'partitioned',
    unseen_rows: null,
  });
  await work(server, 'postgres', 'analyze "Old", fresh');
  await runUntil(watcher, ({ rows }) => rows.every((row) => !Number(row.changed_rows)), 'the analyze');
  expect((await watcher.run({ afterSeconds: 60 })).findings).toEqual([]);
  await watcher.close();
  await server.stop();
});
