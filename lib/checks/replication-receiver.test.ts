import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres, startStandby, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

let primary: TestPostgres;
let standby: TestPostgres;

beforeAll(async () => {
  primary = await startPostgres({ config: { wal_level: 'replica', max_wal_senders: 5 } });
  await makeWatchLogin(primary);
  standby = await startStandby(primary, { config: { wal_retrieve_retry_interval: '100ms' } });
});
afterAll(async () => {
  await standby.stop();
  await primary.stop();
});

it('tells a cut stream from an idle primary', async () => {
  await until(async () => {
    const watch = await watchWith('replication-receiver', standby);
    const { rows } = await watch.run();
    await watch.close();
    return rows[0]?.receiver === 'streaming';
  }, 'the stream is up');
  const watch = await watchWith('replication-receiver', standby);
  const healthy = await watch.run();
  expect(healthy.rows).toMatchObject([
    { receiver: 'streaming', stream_cut: 0, paused: 0, unreplayed_bytes: 0 },
  ]);
  expect(healthy.findings).toEqual([]);

  await primary.kill();
  await until(async () => (await watch.run()).rows[0]?.stream_cut === 1, 'the receiver is gone');
  const sick = await watch.run({ afterSeconds: 30 });
  // All that it received is replayed: by its own count it lags by nothing.
  expect(sick.rows).toMatchObject([{ receiver: 'none', unreplayed_bytes: 0 }]);
  expect(sick.findings).toMatchObject([{ judged: 'stream_cut', level: 'crit', object: 'db1' }]);

  await primary.restart();
  await until(async () => (await watch.run()).rows[0]?.stream_cut === 0, 'the stream is up again');
  expect((await watch.run({ afterSeconds: 40 })).findings).toEqual([]);
  await watch.close();
});

it('fires while replay is paused', async () => {
  const watch = await watchWith('replication-receiver', standby);
  await sqlOn(standby, 'postgres', 'select pg_wal_replay_pause()');
  await watch.run();
  expect((await watch.run({ afterSeconds: 70 })).findings).toMatchObject([
    { judged: 'paused', level: 'warn' },
  ]);
  await sqlOn(standby, 'postgres', 'select pg_wal_replay_resume()');
  await watch.run();
  expect((await watch.run({ afterSeconds: 40 })).findings).toEqual([]);
  await watch.close();
});
