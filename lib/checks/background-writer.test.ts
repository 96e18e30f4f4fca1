import { expect, test } from 'vitest';
import { makeWatchLogin, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

const rewrite = 'update wide set n = n + 1';

test('background-writer: silent, then sessions write most buffers themselves, then silent', async () => {
  const server = await startPostgres({ config: { shared_buffers: '2MB', bgwriter_lru_maxpages: 0 } });
  await makeWatchLogin(server);
  await work(
    server,
    'postgres',
    "create table wide as select n, repeat('x', 1000) as filler from generate_series(1, 24000) as n",
  );
  const watcher = await watchWith('background-writer', server);
  await watcher.run();
  expect((await watcher.run({ afterSeconds: 60 })).findings).toEqual([]);

  await work(server, 'postgres', rewrite, rewrite);
  await watcher.run({ afterSeconds: 60 });
  await work(server, 'postgres', rewrite, rewrite);
  const sick = await watcher.run({ afterSeconds: 900 });
  expect(sick.findings).toMatchObject([{ judged: 'session_share', level: 'warn', object: 'db1' }]);
  expect(sick.findings[0]?.sentence).toContain('were written by sessions themselves');

  await watcher.run({ afterSeconds: 60 });
  expect((await watcher.run({ afterSeconds: 60 })).findings).toEqual([]);
  await watcher.close();
  await server.stop();
});
