import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

const scan = (table: string, times: number) =>
  `do $$ begin for i in 1..${times} loop perform count(*) from public.${table}; end loop; end $$`;

test('cache-hit: silent, then a working set that does not fit, then one that does', async () => {
  const server = await startPostgres({ config: { shared_buffers: '1MB', autovacuum: 'off' } });
  await makeWatchLogin(server);
  const fill = 'select n, repeat(md5(n::text), 8) as filler from generate_series';
  await sqlOn(
    server,
    'postgres',
    `create table large as ${fill}(1, 12000) n`,
    `create table small as ${fill}(1, 200) n`,
    'vacuum large, small',
  );
  const watcher = await watchWith('cache-hit', server);
  await watcher.run();
  await work(server, 'postgres', scan('small', 2000));
  const healthy = await watcher.run({ afterSeconds: 10 });
  expect(healthy.findings).toEqual([]);
  expect(healthy.rows.find(({ database }) => database === 'postgres')?.cache_hit).toBeGreaterThan(97);

  await work(server, 'postgres', scan('large', 40));
  await watcher.run({ afterSeconds: 10 });
  await work(server, 'postgres', scan('large', 40));
  expect((await watcher.run({ afterSeconds: 300 })).findings).toMatchObject([
    {
      level: 'crit',
      object: 'postgres',
      sentence: expect.stringMatching(/^Only .* % of the blocks that postgres asked for/),
    },
  ]);

  await work(server, 'postgres', scan('small', 2000));
  await watcher.run({ afterSeconds: 10 });
  await work(server, 'postgres', scan('small', 2000));
  expect((await watcher.run({ afterSeconds: 31 })).closed.length).toBe(1);
  await watcher.close();
  await server.stop();
});
