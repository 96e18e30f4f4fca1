import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres, startStandby, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

let primary: TestPostgres;
let standby: TestPostgres;

beforeAll(async () => {
  primary = await startPostgres({ config: { wal_level: 'replica', max_wal_senders: 5 } });
  await makeWatchLogin(primary);
  standby = await startStandby(primary, { name: 'copy <1>' });
});
afterAll(async () => {
  await standby.stop();
  await primary.stop();
});

it('counts what a paused standby has not replayed, by stage, and is silent when it has', async () => {
  const watch = await watchWith('replication', primary);
  let healthy = await watch.run();
  await until(async () => {
    healthy = await watch.run();
    return healthy.rows[0]?.lag_bytes === 0;
  }, 'the standby has all');
  expect(healthy.rows).toMatchObject([
    { standby: 'copy <1>', state: 'streaming', lag_bytes: 0, lag_seconds: 0 },
  ]);
  expect(healthy.findings).toEqual([]);

  await sqlOn(standby, 'postgres', 'select pg_wal_replay_pause()');
  await sqlOn(
    primary,
    'postgres',
    'create table filler as select repeat(md5(g::text), 30) from generate_series(1, 140000) g',
  );
  await until(async () => Number((await watch.run()).rows[0]?.unreplayed_bytes) > 110_000_000, 'all is sent');
  const sick = await watch.run({ afterSeconds: 70 });
  expect(sick.findings).toMatchObject([
    { object: 'copy <1> · 127.0.0.1', judged: 'lag_bytes', level: 'warn' },
  ]);
  expect(sick.findings[0]?.sentence).toContain('behind db1');

  await sqlOn(standby, 'postgres', 'select pg_wal_replay_resume()');
  await until(async () => (await watch.run()).rows[0]?.lag_bytes === 0, 'the standby has caught up');
  expect((await watch.run({ afterSeconds: 40 })).findings).toEqual([]);
  await watch.close();
});
