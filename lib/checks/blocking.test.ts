import { afterAll, beforeAll, expect, it } from 'vitest';
import { judge } from '@/lib/engine/judge';
import { checkOf, makeWatchLogin, openSession, sqlOn, watchWith } from '@/lib/testing/check-kit';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
  await makeWatchLogin(server);
});
afterAll(() => server.stop());

it('names the root of a chain of waiters, not the one in the middle', async () => {
  await sqlOn(
    server,
    'postgres',
    'create table seats (id int primary key, taken_by text)',
    'insert into seats select g from generate_series(1, 3) g',
  );
  const watch = await watchWith('blocking', server);
  expect((await watch.run()).rows).toEqual([]);

  const [root, middle, last, reader] = await Promise.all(
    Array.from({ length: 4 }, () => openSession(server)),
  );
  if (!root || !middle || !last || !reader) throw new Error('no sessions');
  const all = [root, middle, last, reader];
  for (const session of all) {
    await session.query('set search_path to public');
    await session.query('begin');
  }
  // A plain reader of the same table is innocent, however long it stays.
  await reader.query('select count(*) from seats');
  await root.query("update seats set taken_by = 'root' where id = 1");
  await middle.query("update seats set taken_by = 'middle' where id = 2");
  const middleWaits = middle.query("update seats set taken_by = 'middle' where id = 1");
  const lastWaits = last.query("update seats set taken_by = 'last' where id = 2");
  await until(async () => (await watch.run()).rows.length === 2, 'both wait');

  const { rows } = await watch.run();
  expect(rows).toHaveLength(2);
  for (const row of rows)
    expect(row).toMatchObject({ root_pid: String(root.backendPid), root_state: 'idle in transaction' });
  expect(rows.find(({ pid }) => pid === String(last.backendPid))?.blocked_by).toBe(String(middle.backendPid));
  expect(JSON.stringify(rows)).not.toContain(`"${reader.backendPid}"`);

  const verdicts = judge({
    check: checkOf('blocking'),
    rows: rows.map((row) => ({ key: { pid: String(row.pid) }, values: { ...row, waiting_seconds: 31 } })),
    context: { instance: 'db1', cluster: 'shop', database: '' },
    states: new Map(),
    now: 0,
  }).verdicts;
  expect(verdicts.map(({ level }) => level)).toEqual(['warn', 'warn']);
  expect(verdicts[0]?.sentence).toContain(`the root is process ${root.backendPid} (postgres)`);

  await root.query('commit');
  await middleWaits;
  await middle.query('commit');
  await lastWaits;
  await last.query('commit');
  expect((await watch.run()).rows).toEqual([]);
  await Promise.all([...all.map((session) => session.close()), watch.close()]);
});

it('says that a prepared transaction is the root', async () => {
  await server.restart({ max_prepared_transactions: 4 });
  await sqlOn(
    server,
    'postgres',
    'begin',
    "update seats set taken_by = 'two-phase' where id = 3",
    "prepare transaction 'left behind'",
  );
  const watch = await watchWith('blocking', server);
  const waiter = await openSession(server);
  await waiter.query('set search_path to public');
  const waits = waiter.query("update seats set taken_by = 'me' where id = 3");
  await until(async () => (await watch.run()).rows.length === 1, 'it waits');
  expect((await watch.run()).rows).toMatchObject([{ root_pid: '0', root_user: 'a prepared transaction' }]);
  await sqlOn(server, 'postgres', "rollback prepared 'left behind'");
  await waits;
  expect((await watch.run()).rows).toEqual([]);
  await Promise.all([waiter.close(), watch.close()]);
});
