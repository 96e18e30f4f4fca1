import { expect, test } from 'vitest';
import { makeWatchLogin, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

const many = (count: number, ...statements: string[]) =>
  Array.from({ length: count }, () => statements).flat();

test('transactions: silent, then most are rolled back, then none', async () => {
  const server = await startPostgres();
  await makeWatchLogin(server);
  const watcher = await watchWith('transactions', server);
  await watcher.run();
  await work(server, 'postgres', ...many(150, 'select 1'));
  const healthy = await watcher.run({ afterSeconds: 10 });
  const sample = healthy.samples.find(({ key }) => key.database === 'postgres');
  expect(sample?.values.commits).toBeGreaterThanOrEqual(150);
  expect(sample?.seconds).toBeGreaterThanOrEqual(10);

  await work(server, 'postgres', ...many(150, 'begin', 'rollback'));
  expect((await watcher.run({ afterSeconds: 10 })).findings).toEqual([]);
  await work(server, 'postgres', ...many(150, 'begin', 'rollback'));
  expect((await watcher.run({ afterSeconds: 300 })).findings).toMatchObject([
    {
      level: 'crit',
      object: 'postgres',
      sentence: expect.stringMatching(/^[89]\d.* % of the transactions in postgres/),
    },
  ]);

  await work(server, 'postgres', ...many(150, 'select 1'));
  await watcher.run({ afterSeconds: 10 });
  await work(server, 'postgres', ...many(150, 'select 1'));
  expect((await watcher.run({ afterSeconds: 31 })).closed.length).toBe(1);
  await watcher.close();
  await server.stop();
});
