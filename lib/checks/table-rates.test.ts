import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

test('table-rates: hit rates and index use are of the interval, by table', async () => {
  const server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table "Read" (id int primary key)',
    'create table idle (id int primary key)',
    'insert into "Read" select generate_series(1, 20000)',
    'vacuum analyze "Read"',
  );
  const watcher = await watchWith('table-rates', server);
  const first = await watcher.run();
  expect(first.rows.find(({ table }) => table === 'Read')?.table_hit_rate).toBeNull();
  await work(
    server,
    'postgres',
    'select count(*) from "Read"',
    'select count(*) from "Read"',
    'set enable_seqscan = off',
    'select * from "Read" where id = 7',
    'select * from "Read" where id = 8',
  );
  let row: Record<string, unknown> | undefined;
  await until(async () => {
    const seen = await watcher.run({ afterSeconds: 300 });
    const sample = seen.samples.find(({ key }) => key.table === 'Read');
    if (sample?.values.scans !== 4) return false;
    row = seen.rows.find(({ table }) => table === 'Read');
    expect(seen.findings).toEqual([]);
    return true;
  }, 'the four scans of this interval');
  expect(row).toMatchObject({ index_use: 50, hot_share: null });
  expect(row?.table_hit_rate).toBeGreaterThan(0);
  await watcher.close();
  await server.stop();
});
