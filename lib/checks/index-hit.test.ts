import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

const lookUps = (from: number, to: number, times: number) => `
  do $$ begin
    for i in 1..${times} loop
      perform from public.items where id = ${from} + (i * 7919) % (${to} - ${from});
    end loop;
  end $$`;

test('index-hit: silent, then look-ups all over an index that does not fit, then on one page of it', async () => {
  const server = await startPostgres({ config: { shared_buffers: '1MB', autovacuum: 'off' } });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table items as select n as id from generate_series(1, 400000) n',
    'create index on items (id)',
    'vacuum analyze items',
  );
  const watcher = await watchWith('index-hit', server);
  await watcher.run();
  await work(server, 'postgres', lookUps(1, 50, 8000));
  const healthy = await watcher.run({ afterSeconds: 30 });
  expect(healthy.findings).toEqual([]);
  expect(healthy.rows[0]?.index_hit).toBeGreaterThan(99);

  await work(server, 'postgres', lookUps(1, 400_000, 20_000));
  await watcher.run({ afterSeconds: 30 });
  await work(server, 'postgres', lookUps(1, 400_000, 20_000));
  expect((await watcher.run({ afterSeconds: 300 })).findings).toMatchObject([
    {
      object: 'postgres',
      sentence: expect.stringMatching(/^Only .* % of the index blocks that postgres asked for/),
    },
  ]);

  await work(server, 'postgres', lookUps(1, 50, 8000));
  await watcher.run({ afterSeconds: 30 });
  await work(server, 'postgres', lookUps(1, 50, 8000));
  expect((await watcher.run({ afterSeconds: 31 })).closed.length).toBe(1);
  await watcher.close();
  await server.stop();
});
