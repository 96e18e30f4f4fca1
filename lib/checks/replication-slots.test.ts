import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

const megabytes = (count: number) =>
  Array.from(
    { length: count / 10 },
    () => `select pg_logical_emit_message(false, 'filler', repeat('x', 10000000))`,
  );

test('replication-slots: silent, then one keeps WAL without a reader, then it is lost, then dropped', async () => {
  const server = await startPostgres({ config: { max_slot_wal_keep_size: '256MB', max_wal_size: '64MB' } });
  await makeWatchLogin(server);
  const watcher = await watchWith('replication-slots', server);
  await sqlOn(server, 'postgres', "select pg_create_physical_replication_slot('idle')");
  // Reserved by nobody yet: it keeps nothing.
  const healthy = await watcher.run({ afterSeconds: 600 });
  expect(healthy.rows).toMatchObject([{ slot: 'idle', abandoned: 0, retained_bytes: null }]);
  expect(healthy.findings).toEqual([]);

  await sqlOn(server, 'postgres', "select pg_create_physical_replication_slot('away', true)");
  await sqlOn(server, 'postgres', ...megabytes(150));
  await watcher.run();
  const sick = await watcher.run({ afterSeconds: 301 });
  expect(sick.findings).toMatchObject([
    {
      judged: 'abandoned',
      level: 'warn',
      sentence: expect.stringMatching(/^Slot away on db1 has no reader and keeps 1\d\d MB/),
    },
    {
      judged: 'safe_bytes',
      level: 'crit',
      sentence: expect.stringContaining('Slot away on db1 is lost after'),
    },
  ]);

  await sqlOn(server, 'postgres', ...megabytes(200), 'checkpoint');
  await watcher.run();
  const lost = await watcher.run({ afterSeconds: 31 });
  expect(lost.rows.find(({ slot }) => slot === 'away')).toMatchObject({
    wal_status: 'lost',
    retained_bytes: null,
  });
  expect(lost.findings).toMatchObject([{ judged: 'lost', level: 'crit' }]);
  await sqlOn(server, 'postgres', "select pg_drop_replication_slot('away')");
  expect((await watcher.run()).findings).toEqual([]);
  await watcher.close();
  await server.stop();
}, 60_000);
