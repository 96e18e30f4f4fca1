import { expect, test } from 'vitest';
import { makeWatchLogin, sqlOn, watchUser, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('index-bloat: silent, then emptied by deletes, then rebuilt; unreadable statistics say the GRANT', async () => {
  const server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    `create unlogged table keys as select repeat(md5(n::text), 8) collate "C" as id from generate_series(1, 420000) n`,
    'create index "K""x" on keys (id)',
  );
  await work(server, 'postgres', 'vacuum analyze keys');
  const watcher = await watchWith('index-bloat', server);
  const hidden = await watcher.run();
  expect(hidden.findings).toMatchObject([
    {
      level: 'unknown',
      object: 'postgres · public · keys · K"x',
      sentence: expect.stringContaining('cannot be read by this login'),
    },
  ]);
  expect(hidden.rows[0]).toMatchObject({ bloat_bytes: null });
  expect(hidden.rows[0]?.mend).toContain(`grant usage on schema plumbline to ${watchUser};`);
  // What the finding proposes is what mends it.
  for (const statement of String(hidden.rows[0]?.mend).split(/;\n(?! )/)) {
    await sqlOn(server, 'postgres', statement);
  }
  const healthy = await watcher.run();
  expect(healthy.findings).toEqual([]);
  expect(healthy.rows[0]).toMatchObject({ index: 'K"x', method: 'estimate, at least' });
  expect(healthy.rows[0]?.bloat_percent).toBeLessThan(20);

  await work(server, 'postgres', `delete from keys where hashtext(id) % 20 <> 0`);
  await work(server, 'postgres', 'vacuum analyze keys');
  const sick = await watcher.run();
  expect(sick.rows[0]?.bloat_percent).toBeGreaterThan(80);
  expect(sick.findings).toMatchObject([
    { object: 'postgres · public · keys · K"x', sentence: expect.stringContaining('public.K"x on keys') },
  ]);
  await sqlOn(server, 'postgres', 'reindex index "K""x"', 'analyze keys');
  expect((await watcher.run()).findings).toEqual([]);
  await watcher.close();
  await server.stop();
});
