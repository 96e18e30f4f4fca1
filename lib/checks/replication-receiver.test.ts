import { expect, test } from 'vitest';
import { makeWatchLogin, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres, startStandby } from '@/lib/testing/postgres';

test('replication-receiver: silent, then the stream is cut though nothing lags, then it is back', async () => {
  const primary = await startPostgres();
  await makeWatchLogin(primary);
  await sqlOn(primary, 'postgres', 'checkpoint');
  const standby = await startStandby(primary, { config: { wal_retrieve_retry_interval: '200ms' } });
  const watcher = await watchWith('replication-receiver', standby);
  const cutIs = (wanted: number, what: string) =>
    runUntil(watcher, ({ rows }) => rows[0]?.stream_cut === wanted, what);
  const healthy = await cutIs(0, 'streaming');
  expect(healthy.findings).toEqual([]);
  expect(healthy.rows[0]).toMatchObject({ receiver: 'streaming', paused: 0 });

  await primary.kill();
  const cut = await cutIs(1, 'cut');
  expect(cut.rows[0]).toMatchObject({ receiver: 'none', unreplayed_bytes: 0 });
  expect((await watcher.run({ afterSeconds: 20 })).findings).toMatchObject([
    { judged: 'stream_cut', level: 'crit', sentence: expect.stringContaining('db1 has no receiver') },
  ]);
  await primary.restart();
  await cutIs(0, 'streaming again');
  expect((await watcher.run({ afterSeconds: 20 })).closed.length).toBe(1);

  await sqlOn(standby, 'postgres', 'select pg_wal_replay_pause()');
  await watcher.run();
  expect((await watcher.run({ afterSeconds: 60 })).findings).toMatchObject([
    { judged: 'paused', level: 'warn' },
  ]);
  await watcher.close();
  await standby.stop();
  await primary.stop();
});
