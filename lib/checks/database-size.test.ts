import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('database-size: each database by its bytes, also one that the login may not enter', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  await sqlOn(server, 'postgres', 'create database closed', 'revoke connect on database closed from public');
  const watcher = await watchWith('database-size', server);
  const before = await watcher.run();
  expect(before.rows.map(({ database }) => database).sort()).toEqual(['closed', 'postgres']);
  await sqlOn(server, 'closed', 'create table filler as select n from generate_series(1, 50000) n');
  const after = await watcher.run({ afterSeconds: 60 });
  const grown = (rows: typeof after.rows) =>
    Number(rows.find(({ database }) => database === 'closed')?.bytes);
  expect(grown(after.rows) - grown(before.rows)).toBeGreaterThan(1_000_000);
  expect(after.findings).toEqual([]);
  await watcher.close();
  await server.stop();
});
