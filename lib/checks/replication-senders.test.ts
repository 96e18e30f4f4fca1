import { expect, test } from 'vitest';
import { makeWatchLogin, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres, startStandby } from '@/lib/testing/postgres';

// A message in the WAL is the cheapest way to much of it.
const megabytes = (count: number) =>
  Array.from(
    { length: count / 10 },
    () => `select pg_logical_emit_message(false, 'filler', repeat('x', 10000000))`,
  );

test('replication-senders: silent, then a standby that nobody watches and that does not replay, then in step', async () => {
  const primary = await startPostgres({ config: { wal_keep_size: '1GB' } });
  await makeWatchLogin(primary);
  const standby = await startStandby(primary, { name: 'reader "1"', slot: 'reader_1' });
  const watcher = await watchWith('replication-senders', primary);
  const seen = await runUntil(watcher, ({ rows }) => rows.some((row) => row.behind_bytes === 0), 'in step');
  expect(seen.rows[0]).toMatchObject({
    ...{ standby: expect.stringContaining('reader'), state: 'streaming', slot: 'reader_1' },
    ...{ watched_as: null, unwatched_bytes: 0 },
  });
  expect(seen.findings).toEqual([]);

  await sqlOn(standby, 'postgres', 'select pg_wal_replay_pause()');
  await sqlOn(primary, 'postgres', ...megabytes(120));
  await runUntil(watcher, ({ rows }) => Number(rows[0]?.unreplayed_bytes) > 110_000_000, 'received');
  const sick = await watcher.run({ afterSeconds: 61 });
  expect(sick.findings).toMatchObject([{ judged: 'unwatched_bytes', level: 'warn' }]);
  expect(sick.findings[0]?.sentence).toMatch(/^Standby reader.* is 1\d\d MB behind db1\.$/);

  await sqlOn(standby, 'postgres', 'select pg_wal_replay_resume()');
  await runUntil(watcher, ({ rows }) => Number(rows[0]?.behind_bytes) < 1_000_000, 'in step again');
  expect((await watcher.run({ afterSeconds: 31 })).closed.length).toBe(1);
  await watcher.close();
  await standby.stop();
  await primary.stop();
});
