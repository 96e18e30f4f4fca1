import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

test('index-rates: blocks and scans of the interval, by index', async () => {
  const server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table t (id int)',
    'create index "I""x" on t (id)',
    'insert into t select generate_series(1, 20000)',
    'vacuum analyze t',
  );
  const watcher = await watchWith('index-rates', server);
  await watcher.run();
  await work(server, 'postgres', 'set enable_seqscan = off', 'select * from t where id = 7');
  await until(async () => {
    const seen = await watcher.run({ afterSeconds: 300 });
    const sample = seen.samples.find(({ key }) => key.index === 'I"x');
    if (sample?.values.scans !== 1) return false;
    expect(seen.rows[0]).toMatchObject({ table: 't', index: 'I"x' });
    expect(seen.rows[0]?.index_hit_rate).toBeGreaterThanOrEqual(0);
    return true;
  }, 'the one scan of this interval');
  await watcher.close();
  await server.stop();
});
