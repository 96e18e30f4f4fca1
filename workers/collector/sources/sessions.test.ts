import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InstanceSession } from '@/lib/instance/connect';
import { readFacts } from '@/lib/instance/facts';
import { episodesOfInstance, locksOfInstance, sessionsOfInstance } from '@/lib/queries/activity';
import { loadOfInstance } from '@/lib/queries/load';
import { turnDays } from '@/lib/store/day-partitions';
import { rollUpLoad } from '@/lib/store/load-rollups';
import { putSchema } from '@/lib/store/schema-snapshots';
import { makeWatchLogin, openSession, sqlOn, watchLogin } from '@/lib/testing/check-kit';
import { addTestInstance, type TestConsole, testConsole } from '@/lib/testing/console';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { untilWaiting } from '@/lib/testing/session-name';
import { until } from '@/lib/testing/until';
import { sessionsSource } from '@/workers/collector/sources/sessions';
import type { Source } from '@/workers/collector/sources/source';

let console: TestConsole;
let server: TestPostgres;
let session: InstanceSession;
let admin: InstanceSession;
let instanceId: string;
let clusterId: string;
let source: Source;
/** How far the source's clock runs ahead of ours, in ms. */
let ahead = 0;
const now = () => new Date(Date.now() + ahead);
const loadQuery = { by: 'wait', of: 'clients', maxPoints: 300 } as const;

beforeAll(async () => {
  [console, server] = await Promise.all([
    testConsole(),
    startPostgres({ config: { compute_query_id: 'on', max_prepared_transactions: 2 } }),
  ]);
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table jobs (id int primary key, state text)',
    `insert into jobs values (1, 'new'), (2, 'new')`,
    `create role "<b>app</b>" login password 'p'`,
    'grant all on jobs to public',
  );
  await turnDays(console.workerDb);
  ({ instanceId, clusterId } = await addTestInstance(console, server, { logins: [watchLogin] }));
  session = await openSession(server, { user: watchLogin.user, password: watchLogin.password });
  admin = await openSession(server);
  source = sessionsSource(() => now().getTime());
});
afterAll(async () => {
  source.stop?.();
  await Promise.all([session.close(), admin.close()]);
  await server.stop();
  await console.close();
});

async function tick() {
  const surroundings = await readFacts(session);
  const { answer, store, commit } = await source.collect({
    session,
    surroundings,
    instanceId,
    timeoutMs: 5_000,
  });
  await console.workerDb.transaction().execute(async (trx) => store?.(trx, now().toISOString()));
  commit?.();
  if (answer.state !== 'ok') throw new Error('no answer');
  return answer.rows;
}

const app = () => openSession(server, { user: '<b>app</b>', password: 'p' });

test('a chain is seen with its locks, kept as it was at each moment, and is an episode from begin to end', async () => {
  expect(await tick()).toEqual([]);
  const [root, middle, last] = await Promise.all([app(), app(), app()]);
  await root.query('begin');
  await root.query(`update public.jobs set state = 'secret' where id = 1`);
  await middle.query('begin');
  await middle.query(`update public.jobs set state = 'middle' where id = 2`);
  const waits = [
    middle.query(`update public.jobs set state = 'x' where id = 1`),
    last.query(`update public.jobs set state = 'y' where id = 2`),
  ];
  await untilWaiting(admin, 2);
  const before = now();
  ahead += 20_000;
  const rows = await tick();
  expect(rows.map(({ pid }) => pid).sort()).toEqual(
    [root, middle, last].map((each) => `${each.backendPid}`).sort(),
  );
  expect(rows.find(({ pid }) => pid === `${middle.backendPid}`)).toMatchObject({
    username: '<b>app</b>',
    blocked_by: `${root.backendPid}`,
    lock_mode: 'ShareLock',
    lock_object: 'a row of public.jobs in postgres',
  });
  const { roots } = await locksOfInstance(console.webDb, 'dba', instanceId, { at: now().toISOString() });
  expect(roots).toMatchObject([
    {
      pid: root.backendPid,
      victims: 2,
      session: { state: 'idle in transaction', query: expect.stringContaining('secret') },
    },
  ]);
  expect(roots[0]?.children[0]?.children[0]?.pid).toBe(last.backendPid);
  const hidden = await locksOfInstance(console.webDb, 'viewer', instanceId, { at: now().toISOString() });
  expect(hidden.roots[0]?.session).toMatchObject({ query: null, queryHidden: true });
  expect(JSON.stringify(hidden)).not.toContain('secret');

  await root.query('rollback');
  await waits[0];
  await middle.query('rollback');
  await waits[1];
  ahead += 20_000;
  await tick();
  const episodes = await episodesOfInstance(
    console.webDb,
    'dba',
    instanceId,
    { limit: 10 },
    new Date(now().getTime() + 1000),
  );
  expect(episodes.items).toMatchObject([
    {
      victimsMax: 2,
      endedAt: expect.any(String),
      root: `process ${root.backendPid} of <b>app</b> in postgres`,
    },
  ]);
  const then = await sessionsOfInstance(console.webDb, 'dba', instanceId, {
    at: new Date(before.getTime() + 20_000).toISOString(),
  });
  expect(then.items.length).toBe(3);
  expect(then.acts).toEqual([]);
  // What runs can be cancelled; what is idle in its transaction can only be ended.
  const present = await sessionsOfInstance(console.webDb, 'dba', instanceId, {});
  expect(present.acts.map(({ states }) => states)).toEqual([['active', 'fastpath function call'], null]);
  const nobody = await sessionsOfInstance(console.webDb, 'dba', instanceId, {
    at: new Date(before.getTime() - 3_600_000).toISOString(),
  });
  expect(nobody).toMatchObject({ at: null, items: [] });
  await Promise.all([root, middle, last].map((each) => each.close()));
});

test('a prepared transaction is a root by its name', async () => {
  const [owner, waiter] = await Promise.all([app(), app()]);
  await owner.query('begin');
  await owner.query(`update public.jobs set state = 'p' where id = 1`);
  await owner.query(`prepare transaction 'left "behind'`);
  const stuck = waiter.query(`update public.jobs set state = 'z' where id = 1`);
  await untilWaiting(admin, 1);
  ahead += 20_000;
  await tick();
  const { roots } = await locksOfInstance(console.webDb, 'dba', instanceId, { at: now().toISOString() });
  expect(roots).toMatchObject([{ kind: 'prepared', prepared: 'left "behind', victims: 1 }]);
  await owner.query(`rollback prepared 'left "behind'`);
  await stuck;
  await Promise.all([owner.close(), waiter.close()]);
});

test('a table of another database is named as its schema was last seen', async () => {
  await sqlOn(server, 'postgres', 'create database other');
  await sqlOn(server, 'other', 'create table "Odd ""t" (id int)');
  const other = await openSession(server, { database: 'other' });
  const waiter = await openSession(server, { database: 'other' });
  const [row] = await other.query(`select oid::text as oid from pg_class where relname = 'Odd "t'`);
  const place = { clusterId, database: 'other' };
  const seen = { databaseOid: '1', timeline: 1, extensions: {}, observedAt: now().toISOString() };
  const definition = { columns: [], constraints: [], options: [], of: null, body: null, persistence: 'p' };
  const table = { oid: String(row?.oid), schema: 'public', name: 'Odd "t', kind: 'r', hash: '', definition };
  await putSchema(console.workerDb, place, seen, [table], []);
  await other.query('begin');
  await other.query('lock table public."Odd ""t" in exclusive mode');
  const stuck = waiter.query('delete from public."Odd ""t"');
  await untilWaiting(admin, 1);
  ahead += 20_000;
  await tick();
  const { roots } = await locksOfInstance(console.webDb, 'dba', instanceId, { at: now().toISOString() });
  expect(roots[0]?.children[0]?.session?.lock).toMatchObject({
    object: 'table public.Odd "t in other',
    mode: 'RowExclusiveLock',
    held: 'ExclusiveLock',
  });
  await other.query('rollback');
  await stuck;
  await Promise.all([other.close(), waiter.close()]);
});

test('each second counts what runs and what it waits for; it divides by the samples that were taken', async () => {
  const [sleeper, locker] = await Promise.all([app(), app()]);
  const slept = sleeper.query('select pg_sleep(30)').catch(() => 'cancelled');
  const started = now().getTime();
  await tick();
  const seen = async () => {
    ahead += 10_000;
    await tick();
    return loadOfInstance(console.webDb, 'dba', instanceId, {
      ...loadQuery,
      from: new Date(started - 10_000).toISOString(),
      to: now().toISOString(),
    });
  };
  let load = await seen();
  await until(async () => {
    if (load.lines.some(({ value }) => value === 'Timeout:PgSleep')) return true;
    load = await seen();
    return false;
  }, 'a sample of the sleeper');
  const line = load.lines.find(({ value }) => value === 'Timeout:PgSleep');
  expect(Math.max(...(line?.values ?? []).map((value) => value ?? 0))).toBe(1);
  expect(load.tops.user).toMatchObject([{ value: '<b>app</b>', sharePercent: 100 }]);
  expect(load.tops.application.map(({ value }) => value)).toEqual(['test']);
  const filter = { ...loadQuery, from: load.from, to: load.to, by: 'user' as const };
  expect(
    (await loadOfInstance(console.webDb, 'dba', instanceId, { ...filter, wait: 'Timeout:PgSleep' })).lines
      .length,
  ).toBe(1);
  const none = await loadOfInstance(console.webDb, 'dba', instanceId, { ...filter, wait: 'IO:DataFileRead' });
  expect(none).toMatchObject({ lines: [], mean: 0 });

  // Summed up by five minutes and by the hour it stays the same.
  const later = new Date(now().getTime() + 2 * 3_600_000);
  expect(await rollUpLoad(console.workerDb, later)).toBeGreaterThan(0);
  expect(await rollUpLoad(console.workerDb, later)).toBe(0);
  const week = {
    ...loadQuery,
    from: new Date(later.getTime() - 7 * 86_400_000).toISOString(),
    to: later.toISOString(),
  };
  const month = { ...week, from: new Date(later.getTime() - 20 * 86_400_000).toISOString() };
  for (const query of [week, month]) {
    const summed = await loadOfInstance(console.webDb, 'dba', instanceId, query);
    expect(summed.lines.map(({ value }) => value)).toContain('Timeout:PgSleep');
    expect(summed.lines[0]?.values.filter((value) => value !== null).length).toBeLessThanOrEqual(3);
  }
  await admin.query('select pg_cancel_backend($1::int4)', [sleeper.backendPid]);
  await slept;
  await Promise.all([sleeper.close(), locker.close()]);
});

test('the workers of a parallel query are one session with their leader', async () => {
  const leader = await app();
  await leader.query('set force_parallel_mode = on');
  const slept = leader.query('select pg_sleep(30)').catch(() => 'cancelled');
  let rows = await tick();
  await until(async () => {
    if (rows.some(({ workers }) => workers === 1)) return true;
    rows = await tick();
    return false;
  }, 'a parallel worker');
  expect(rows.map(({ pid, kind }) => [pid, kind])).toEqual([[`${leader.backendPid}`, 'client']]);
  await admin.query('select pg_cancel_backend($1::int4)', [leader.backendPid]);
  await slept;
  await leader.close();
});

test('while the connection is in use by a check, seconds are missed and said to be', async () => {
  const from = now().toISOString();
  await tick();
  const held = session.query('select pg_sleep(2.5)');
  await held;
  const load = async () => {
    ahead += 10_000;
    await tick();
    return loadOfInstance(console.webDb, 'dba', instanceId, { ...loadQuery, from, to: now().toISOString() });
  };
  let answer = await load();
  await until(async () => {
    if (answer.missed > 0) return true;
    answer = await load();
    return false;
  }, 'seconds that are said to be missed');
  expect(answer.missed).toBeLessThanOrEqual(4);
});
