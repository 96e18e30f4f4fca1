import { expect, test } from 'vitest';
import { makeWatchLogin, runUntil, sqlOn, watchWith, work } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';

test('autovacuum-advice: silent, then switched off or too lax for a large table, then set as it proposes', async () => {
  const server = await startPostgres({ config: { autovacuum: 'off' } });
  await makeWatchLogin(server);
  await sqlOn(server, 'postgres', 'create table "La""x" (n int)');
  await work(server, 'postgres', 'insert into "La""x" select generate_series(1, 20000)');
  await work(server, 'postgres', 'update "La""x" set n = n + 1 where n < 5000', 'analyze "La""x"');
  const watcher = await watchWith('autovacuum-advice', server);
  const healthy = await watcher.run();
  expect([healthy.rows, healthy.findings]).toEqual([[], []]);

  await sqlOn(server, 'postgres', 'alter table "La""x" set (autovacuum_enabled = false)');
  const off = await runUntil(watcher, ({ rows }) => rows.length === 1, 'the advice');
  expect(off.findings).toMatchObject([{ level: 'warn', object: 'postgres · public · La"x' }]);
  const statement = String(off.rows[0]?.statement);
  expect(statement).toBe('alter table "public"."La""x" reset (autovacuum_enabled);');
  await sqlOn(server, 'postgres', statement);
  expect((await watcher.run()).closed.length).toBe(1);

  // A large table is played by its row count in the catalogue.
  await sqlOn(server, 'postgres', `update pg_class set reltuples = 1e8 where relname = 'La"x'`);
  const lax = await watcher.run();
  expect(lax.findings).toEqual([]);
  expect(lax.rows[0]?.statement).toContain('set (autovacuum_vacuum_scale_factor = 0.005');
  await sqlOn(server, 'postgres', String(lax.rows[0]?.statement));
  expect((await watcher.run()).rows).toEqual([]);
  await watcher.close();
  await server.stop();
});
