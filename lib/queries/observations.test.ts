import { afterAll, beforeAll, expect, test } from 'vitest';
import { instanceChecksSchema } from '@/lib/contract/checks';
import { findingsSchema } from '@/lib/contract/findings';
import { fleetSchema } from '@/lib/contract/fleet';
import { seriesAnswerSchema } from '@/lib/contract/series';
import { statementsSchema } from '@/lib/contract/statements';
import { checksOfInstance } from '@/lib/queries/checks';
import { findings } from '@/lib/queries/findings';
import { fleet } from '@/lib/queries/fleet';
import { seriesOfInstance } from '@/lib/queries/series';
import { shownText, statementsOfInstance } from '@/lib/queries/statements';
import { makeWatchLogin, openSession, sqlOn } from '@/lib/testing/check-kit';
import { addWatched, collectFor, type TestCollector } from '@/lib/testing/collecting';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

// The whole street once: a real server, the real catalogue, a collector with a worker's rights, and what the web
// process answers with its own. Rounds are short, so checks that are due every 10 s are asked for by `collectNow`.

let console: TestConsole;
let server: TestPostgres;
let collector: TestCollector;
let ids: { clusterId: string; instanceId: string };

beforeAll(async () => {
  [console, server] = await Promise.all([
    testConsole(),
    startPostgres({ config: { shared_preload_libraries: 'pg_stat_statements' } }),
  ]);
  await makeWatchLogin(server);
  await sqlOn(server, 'postgres', 'create extension pg_stat_statements', 'create database shop');
  await sqlOn(
    server,
    'shop',
    'create table machines (id int primary key)',
    `create table sales (id int, machine int references machines)`,
    'insert into machines select generate_series(1, 10)',
    'insert into sales select n, 1 + n % 10 from generate_series(1, 5000) n',
    'analyze sales',
  );
  ids = await addWatched(console, server);
  collector = collectFor(console, { leaseSeconds: 5 });
  await until(async () => (await resultsCount('foreign-keys')) >= 2, 'the walk');
  const session = await openSession(server, { database: 'shop' });
  for (let round = 0; round < 5; round += 1) {
    await session.query('select count(*) from public.sales where machine = $1', [round]);
    await session.query(`do $$ begin perform 'secret'; end $$`);
    collector.collectNow(ids.instanceId);
    await until(async () => (await samplesCount()) > round + 1, 'one more sample');
  }
  await session.close();
  collector.collectNow(ids.instanceId);
  await until(async () => (await statementsCount()) > 0, 'statements');
});
afterAll(async () => {
  await collector.stop();
  await console.close();
  await server.stop();
});

async function resultsCount(checkId: string): Promise<number> {
  const rows = await console.webDb
    .selectFrom('check_results')
    .select('database')
    .where('check_id', '=', checkId)
    .execute();
  return rows.length;
}
async function samplesCount(): Promise<number> {
  const rows = await console.webDb
    .selectFrom('samples')
    .innerJoin('series', 'series.id', 'samples.series_id')
    .select('at')
    .where('check_id', '=', 'connections')
    .execute();
  return rows.length;
}
async function statementsCount(): Promise<number> {
  return (await console.webDb.selectFrom('statement_samples').select('statement_id').execute()).length;
}

test('a check has its state, age and rows, and a viewer sees no text of statements', async () => {
  const answer = instanceChecksSchema.parse(
    await checksOfInstance(console.webDb, 'dba', ids.instanceId, { rows: true }),
  );
  expect(answer).toMatchObject({ role: 'primary', reachable: true });
  const byId = Object.fromEntries(answer.items.map((item) => [item.id, item]));
  expect(byId.connections).toMatchObject({
    level: 'ok',
    applies: true,
    results: [{ state: 'ok', stale: false }],
  });
  expect(byId.replication).toMatchObject({ applies: false, level: null, results: [] });
  // It reads what another check of its round has stored, so its first word may come with the second round.
  await until(async () => {
    collector.collectNow(ids.instanceId);
    const only = { checks: 'archive-exposure', rows: false };
    const { items } = await checksOfInstance(console.webDb, 'dba', ids.instanceId, only);
    return items[0]?.level === 'unknown';
  }, 'that nobody knows how much would be lost where nothing is archived');
  expect(byId['foreign-keys']?.results.map(({ database }) => database)).toEqual(['postgres', 'shop']);

  const blocker = await openSession(server, { database: 'shop' });
  const waiter = await openSession(server, { database: 'shop' });
  await blocker.query('begin');
  await blocker.query('lock table public.sales');
  const waiting = waiter.query(`select 'top secret' from public.sales limit 1`);
  const blocking = async (role: 'dba' | 'viewer') =>
    (await checksOfInstance(console.webDb, role, ids.instanceId, { checks: 'blocking', rows: true }))
      .items[0];
  await until(async () => {
    collector.collectNow(ids.instanceId);
    return ((await blocking('dba'))?.results[0]?.rows.length ?? 0) > 0;
  }, 'the waiter');
  expect((await blocking('dba'))?.results[0]?.rows[0]?.query).toContain('top secret');
  const viewer = await blocking('viewer');
  expect(viewer?.hiddenColumns).toEqual(['query', 'root_query']);
  expect(JSON.stringify(viewer)).not.toContain('top secret');
  await blocker.query('rollback');
  await waiting;
  await blocker.close();
  await waiter.close();
});

test('series of several checks come in one answer, rates and ratios where there is an interval', async () => {
  const query = { checks: 'transactions,connections,cache-hit', range: '15m', maxPoints: 300 };
  const answer = seriesAnswerSchema.parse(await seriesOfInstance(console.webDb, ids.instanceId, query));
  expect(answer.items.map(({ check }) => check)).toEqual(['transactions', 'connections', 'cache-hit']);
  for (const item of answer.items) {
    for (const one of item.series) {
      for (const values of Object.values(one.columns)) expect(values.length).toBe(item.points);
    }
  }
  const shop = answer.items[0]?.series.find(({ key }) => key.database === 'shop');
  expect(shop?.columns.transactions?.some((value) => value !== null && value >= 0)).toBe(true);
  const used = answer.items[1]?.series[0]?.columns.used;
  expect(used?.findLast((value) => value !== null)).toBeGreaterThan(0);
  await expect(seriesOfInstance(console.webDb, ids.instanceId, { ...query, checks: 'nope' })).rejects.toThrow(
    /no check nope/,
  );
});

test('findings name the object, and carry the acts that mend them', async () => {
  const answer = findingsSchema.parse(
    await findings(console.webDb, { open: true, limit: 100, instanceId: ids.instanceId }),
  );
  const key = answer.items.find(({ checkId }) => checkId === 'foreign-keys');
  expect(key).toMatchObject({ level: 'warn', database: 'shop', object: expect.stringContaining('sales') });
  expect(answer.counts.warn).toBeGreaterThan(0);
  const first = await findings(console.webDb, { open: true, limit: 1 });
  const second = await findings(console.webDb, {
    open: true,
    limit: 1,
    cursor: first.nextCursor ?? undefined,
  });
  expect(second.items[0]?.id).not.toBe(first.items[0]?.id);
  await expect(findings(console.webDb, { open: true, limit: 1, cursor: 'x' })).rejects.toThrow(/cursor/);
});

test('the fleet shows the cluster with its level, its sparklines and the age of its data', async () => {
  const answer = fleetSchema.parse(await fleet(console.webDb));
  const cluster = answer.clusters.find(({ id }) => id === ids.clusterId);
  expect(cluster).toMatchObject({ level: 'warn', databases: 2 });
  // Which of several warnings stands first is not said; that of the installed version may be one.
  expect(cluster?.worst.map(({ sentence }) => sentence).join(' ')).toContain('Foreign key');
  expect(cluster?.sparklines.map(({ check }) => check)).toEqual(['transactions', 'cache-hit', 'connections']);
  expect(cluster?.sparklines[2]?.latest).toBeGreaterThan(0);
  expect(answer.uncollected).toEqual([]);
});

test('statements are told by what they did, and utility statements with literals are hidden from viewers', async () => {
  const query = { sort: 'time', limit: 100, range: '1h' } as const;
  const answer = statementsSchema.parse(
    await statementsOfInstance(console.webDb, 'dba', ids.instanceId, query),
  );
  const count = answer.items.find(({ text }) => text?.includes('from public.sales where'));
  expect(count).toMatchObject({
    database: 'shop',
    username: 'postgres',
    text: 'select count(*) from public.sales where machine = $1',
  });
  expect(count?.calls).toBeGreaterThan(0);
  expect(answer.items.some(({ text }) => text?.includes('secret'))).toBe(true);
  const viewer = await statementsOfInstance(console.webDb, 'viewer', ids.instanceId, query);
  expect(JSON.stringify(viewer)).not.toContain('secret');
  expect(viewer.items.some(({ textHidden }) => textHidden)).toBe(true);
  expect(viewer.items.some(({ text }) => text?.includes('from public.sales where'))).toBe(true);
});

test('only text without literals and comments is shown to those who may not see them', () => {
  const shown = (text: string) => shownText(text, false).text !== null;
  expect(shown('select * from a where b = $1')).toBe(true);
  expect(shown('  WITH x as (select $1) select * from x')).toBe(true);
  for (const hidden of [
    `alter role a password 'x'`,
    `select 'x'`,
    `/* token=1 */ select 1`,
    'select 1 -- pw',
    `do $$ $$`,
    'copy a to program $1',
    'set x = 5',
  ]) {
    expect(shown(hidden)).toBe(false);
    expect(shownText(hidden, true).text).toBe(hidden);
  }
});
