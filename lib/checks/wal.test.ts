import { expect, test } from 'vitest';
import { makeWatchLogin, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

// Far more than wal_buffers at once: the session has to write most of it itself.
const flood = Array.from(
  { length: 4 },
  () => "select pg_logical_emit_message(true, 'filler', repeat('x', 10000000))",
);

test('wal: counts what is written; silent, then buffers that are always full, then silent', async () => {
  const server = await startPostgres({ config: { wal_buffers: '32kB' } });
  await makeWatchLogin(server);
  const watcher = await watchWith('wal', server);
  await watcher.run();
  await work(server, 'postgres', 'create table t as select 1 as n');
  const healthy = await watcher.run({ afterSeconds: 60 });
  expect(healthy.findings).toEqual([]);
  expect(healthy.rows[0]?.kept_segments).toBeGreaterThanOrEqual(1);

  await work(server, 'postgres', ...flood);
  const busy = await watcher.run({ afterSeconds: 60 });
  expect(busy.samples[0]?.values.bytes).toBeGreaterThan(40_000_000);
  await work(server, 'postgres', ...flood);
  const sick = await watcher.run({ afterSeconds: 300 });
  expect(sick.findings).toMatchObject([{ judged: 'buffers_full', level: 'warn', object: 'db1' }]);

  await watcher.run({ afterSeconds: 60 });
  expect((await watcher.run({ afterSeconds: 60 })).findings).toEqual([]);
  await watcher.close();
  await server.stop();
});
