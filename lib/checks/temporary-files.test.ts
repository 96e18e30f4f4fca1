import { expect, test } from 'vitest';
import { makeWatchLogin, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

const spill = `
  select count(filler)
  from (select n, repeat('x', 10000) as filler from generate_series(1, 30000) as n order by n desc) as sorted`;

test('temporary-files: silent, then a sort that goes through the disk for minutes, then silent', async () => {
  const server = await startPostgres({ config: { work_mem: '8MB' } });
  await makeWatchLogin(server);
  const watcher = await watchWith('temporary-files', server);
  await watcher.run();
  expect((await watcher.run({ afterSeconds: 60 })).findings).toEqual([]);

  await work(server, 'postgres', spill);
  expect((await watcher.run({ afterSeconds: 60 })).findings).toEqual([]);
  await work(server, 'postgres', spill);
  const sick = await watcher.run({ afterSeconds: 300 });
  expect(sick.findings).toMatchObject([{ object: 'postgres', judged: 'bytes', level: 'warn' }]);
  expect(sick.findings[0]?.sentence).toContain('Statements in postgres wrote');

  await watcher.run({ afterSeconds: 60 });
  expect((await watcher.run({ afterSeconds: 60 })).findings).toEqual([]);
  await watcher.close();
  await server.stop();
});
