import { expect, test } from 'vitest';
import { makeWatchLogin, openSession, runUntil, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

test('blocking: silent, then a chain of waiters whose root is named, then free', async () => {
  const server = await startPostgres({ config: { max_prepared_transactions: 2 } });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table jobs (id int primary key, state text)',
    `insert into jobs values (1, 'new'), (2, 'new')`,
  );
  const watcher = await watchWith('blocking', server);
  expect((await watcher.run()).rows).toEqual([]);

  const [root, middle, last, reader] = await Promise.all([1, 2, 3, 4].map(() => openSession(server)));
  if (!root || !middle || !last || !reader) throw new Error('no sessions');
  await reader.query('begin');
  await reader.query('select * from public.jobs');
  await root.query('begin');
  await root.query(`update public.jobs set state = 'root' where id = 1`);
  await middle.query('begin');
  await middle.query(`update public.jobs set state = 'middle' where id = 2`);
  const waits = [middle.query(`update public.jobs set state = 'x' where id = 1`)];
  await runUntil(watcher, ({ rows }) => rows.length === 1, 'the first waiter');
  waits.push(last.query(`update public.jobs set state = 'y' where id = 2`));
  const seen = await runUntil(watcher, ({ rows }) => rows.length === 2, 'the second waiter');

  // Both name the one to talk to; the reader is innocent.
  for (const row of seen.rows) {
    expect(row).toMatchObject({
      root_pid: String(root.backendPid),
      root_user: 'postgres',
      root_state: 'idle in transaction',
    });
  }
  const pids = seen.rows.map(({ pid }) => pid).sort();
  expect(pids).toEqual([String(middle.backendPid), String(last.backendPid)].sort());
  expect(seen.findings).toEqual([]);
  const sick = await watcher.run({ older: { waiting_seconds: 60 } });
  expect(sick.findings.map(({ level }) => level)).toEqual(['warn', 'warn']);
  expect(sick.findings[0]?.sentence).toContain(`the root is process ${root.backendPid} (postgres)`);

  await root.query('rollback');
  await waits[0];
  await middle.query('rollback');
  await waits[1];
  expect((await watcher.run()).closed.length).toBe(2);

  await root.query('begin');
  await root.query(`update public.jobs set state = 'p' where id = 1`);
  await root.query(`prepare transaction 'left behind'`);
  const stuck = middle.query(`update public.jobs set state = 'z' where id = 1`);
  const prepared = await runUntil(
    watcher,
    ({ rows }) => rows.length === 1,
    'a waiter for a prepared transaction',
  );
  expect(prepared.rows[0]).toMatchObject({ root_pid: '0', root_user: 'a prepared transaction' });
  await root.query(`rollback prepared 'left behind'`);
  await stuck;
  await Promise.all([root, middle, last, reader, watcher].map((each) => each.close()));
  await server.stop();
});

test('blocking: an autovacuum that somebody waits for is called so', async () => {
  const server = await startPostgres({
    config: {
      autovacuum: true,
      autovacuum_naptime: '1s',
      autovacuum_vacuum_cost_delay: '100ms',
      autovacuum_vacuum_cost_limit: 1,
      // After it an ordinary autovacuum gives way.
      deadlock_timeout: '60s',
    },
  });
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    `create table filled as select g, repeat('x', 500) as text from generate_series(1, 10000) as g`,
    'delete from filled where g % 2 = 0',
  );
  const [watcher, waiter, admin] = await Promise.all([
    watchWith('blocking', server),
    openSession(server),
    openSession(server),
  ]);
  const vacuuming = `select from pg_stat_progress_vacuum where relid = 'public.filled'::regclass`;
  await until(async () => (await admin.query(vacuuming)).length > 0, 'an autovacuum that works', 30_000);
  const stuck = waiter.query('alter table public.filled add column more int').catch(() => 'ended');
  const seen = await runUntil(watcher, ({ rows }) => rows.length === 1, 'a waiter for the autovacuum');
  expect(seen.rows[0]).toMatchObject({ root_user: 'autovacuum', root_state: 'active' });
  await server.stop();
  expect(await stuck).toBe('ended');
  await Promise.all([watcher, waiter, admin].map((each) => each.close()));
});
