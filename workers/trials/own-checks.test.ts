import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { log } from '@/lib/base/server/log';
import { importOwnChecks } from '@/lib/commands/own-check-import';
import { changeOwnCheck, removeOwnCheck, saveOwnCheck, tryOwnCheck } from '@/lib/commands/own-checks';
import { type OwnCheckInput, ownCheckSchema, type TrialResult } from '@/lib/contract/own-checks';
import { checksOfInstance } from '@/lib/queries/checks';
import { checkServers, checksOverview } from '@/lib/queries/checks-overview';
import { findings } from '@/lib/queries/findings';
import { exportedChecks, ownCheck } from '@/lib/queries/own-checks';
import { seriesOfInstance } from '@/lib/queries/series';
import { findTrial } from '@/lib/store/own-checks';
import { makeWatchLogin, sqlOn } from '@/lib/testing/check-kit';
import { addWatched, collectFor } from '@/lib/testing/collecting';
import { meta, type TestConsole, testConsole } from '@/lib/testing/console';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';
import { startTrials, type Trials } from '@/workers/trials';

let console: TestConsole;
let server: TestPostgres;
let trials: Trials;
let instanceId: string;

beforeAll(async () => {
  [console, server] = await Promise.all([testConsole(), startPostgres()]);
  await makeWatchLogin(server);
  await sqlOn(
    server,
    'postgres',
    'create table orders (shop text, waiting int)',
    `insert into orders values ('nord', 3), ('süd', 4)`,
  );
  ({ instanceId } = await addWatched(console, server));
  const { workerDb: db, keyPair } = console;
  trials = startTrials({
    db,
    keyPair,
    log,
    notifier: { hint: () => {} },
    pools: ['default'],
    sweepSeconds: 600,
  });
});
afterAll(async () => {
  await trials.stop();
  await console.close();
  await server.stop();
});

const waiting: OwnCheckInput = {
  name: 'waiting-orders',
  title: 'Waiting orders',
  everySeconds: 10,
  sql: 'select shop, waiting from public.orders',
  columns: [
    { name: 'shop', role: 'key' },
    { name: 'waiting', role: 'gauge', unit: 'count' },
  ],
  judge: [{ column: 'waiting', warn: 10, sentence: '{waiting} orders of {shop} wait.' }],
};
const defined = (change: Partial<OwnCheckInput> = {}) => ownCheckSchema.parse({ ...waiting, ...change });

async function tryOut(change: Partial<OwnCheckInput> = {}): Promise<TrialResult & { ok: boolean | null }> {
  const { webDb, workerDb, actor } = console;
  const { id } = await tryOwnCheck(webDb, actor, { instanceId, definition: defined(change) }, meta);
  await trials.test(id);
  const row = await findTrial(workerDb, id);
  return { ...(row?.result as unknown as TrialResult), ok: row?.ok ?? null };
}

const save = (change: Partial<OwnCheckInput>, enabled: boolean) =>
  saveOwnCheck(console.webDb, console.actor, { definition: defined(change), enabled }, meta);
const stateOf = async (id: string) =>
  (await checksOfInstance(console.webDb, 'dba', instanceId, { rows: true })).items.find(
    (item) => item.id === id,
  );
const found = async (open: boolean) =>
  (await findings(console.webDb, { checkId: 'own/waiting-orders', open, limit: 10 })).items;

test('a check is tried first: the server’s own words, or its rows; and only then may it run', async () => {
  expect(await tryOut({ sql: 'select shop from public.nothing' })).toMatchObject({
    ok: false,
    state: 'unknown',
    reason: expect.stringContaining('"public.nothing" does not exist'),
  });
  expect(await tryOut()).toMatchObject({
    ok: false,
    reason: expect.stringContaining('permission denied for table orders'),
    mend: 'grant select on "orders" to "plumbline_watch";',
  });
  await expect(save({}, true)).rejects.toThrow('has not passed a trial');
  // Who asks for a trial cannot write down that it went well.
  const { webDb } = console;
  const forged = {
    id: newId(),
    instance_id: instanceId,
    definition: '{}',
    asked_hash: 'x',
    requested_by: 'x',
  };
  await expect(
    webDb
      .insertInto('own_check_trials')
      .values({ ...forged, ok: true, state: 'done' })
      .execute(),
  ).rejects.toThrow('permission denied');
  await sqlOn(server, 'postgres', 'grant select on orders to plumbline_watch');
  const bad: [Partial<OwnCheckInput>, string][] = [
    [{ columns: [{ name: 'shop', role: 'gauge' }], judge: [] }, 'invalid input syntax'],
    [{ columns: [{ name: 'nowhere', role: 'gauge' }], judge: [] }, 'column "nowhere" does not exist'],
    [{ sql: 'select 1 as shop; select 2' }, 'syntax error'],
    [
      { sql: 'select 1) as own_check; drop table public.orders; select * from (select 1' },
      'multiple commands',
    ],
    [{ sql: 'with gone as (delete from public.orders returning *) select * from gone' }, 'top level'],
    [{ sql: `select 'a' as shop, 1 as waiting union all select 'a', 2` }, 'Two rows have the key a'],
    [{ sql: 'select n::text as shop, n as waiting from generate_series(1, 501) n' }, 'more than 500 rows'],
  ];
  for (const [change, reason] of bad) {
    expect(await tryOut(change)).toMatchObject({ ok: false, reason: expect.stringContaining(reason) });
  }
  const slow = {
    sql: 'select count(*)::text as shop, 1 as waiting from generate_series(1, 1e12)',
    timeoutMs: 100,
  };
  expect(await tryOut(slow)).toMatchObject({ ok: false, state: 'timeout' });

  expect(await tryOut({ judge: [{ column: 'waiting', warn: 4, forSeconds: 600 }] })).toMatchObject({
    ok: true,
    rowCount: 2,
    rows: [
      { shop: 'nord', waiting: 3 },
      { shop: 'süd', waiting: 4 },
    ],
    verdicts: [{ object: 'süd', level: 'warn' }],
  });
  // Thresholds ask the server nothing, so the trial holds for others too.
  expect(await save({}, true)).toMatchObject({ id: 'own/waiting-orders', version: 1, enabled: true });
});

test('it runs among the catalogue’s: series, finding, source; a change counts without a restart', async () => {
  const collector = collectFor(console, { checks: {}, tickMs: 50, leaseSeconds: 0.6 });
  await until(async () => (await stateOf('own/waiting-orders'))?.results[0]?.state === 'ok', 'measured');
  expect((await stateOf('own/waiting-orders'))?.results[0]?.rows).toHaveLength(2);
  expect(await found(true)).toEqual([]);

  await sqlOn(server, 'postgres', `update orders set waiting = 40 where shop = 'nord'`);
  collector.collectNow(instanceId);
  await until(async () => (await found(true)).length === 1, 'a finding');
  expect((await found(true))[0]).toMatchObject({
    title: 'Waiting orders',
    sentence: '40 orders of nord wait.',
  });
  const series = await seriesOfInstance(console.webDb, instanceId, {
    check: 'own/waiting-orders',
    maxPoints: 50,
  });
  expect(series.items[0]?.series.map(({ key }) => key.shop).sort()).toEqual(['nord', 'süd']);

  // Another threshold: the same trial, another version, and the finding closes.
  await save({ judge: [{ column: 'waiting', warn: 100 }] }, true);
  await until(async () => (await found(true)).length === 0, 'closed by the new version');
  expect(await ownCheck(console.webDb, 'waiting-orders')).toMatchObject({
    version: 2,
    versions: [{ version: 2 }, {}],
  });

  // A check that breaks later is unknown in the server's words, and breaks nothing else.
  await tryOut({ name: 'other', sql: 'select shop, waiting from public.orders where true' });
  await save({ name: 'other', sql: 'select shop, waiting from public.orders where true' }, true);
  await until(async () => (await stateOf('own/other'))?.results[0]?.state === 'ok', 'the other runs');
  await sqlOn(server, 'postgres', `insert into orders values ('nord', 1)`);
  collector.collectNow(instanceId);
  await until(async () => (await stateOf('own/other'))?.results[0]?.state === 'unknown', 'unknown');
  expect((await stateOf('own/other'))?.results[0]?.reason).toContain('Two rows have the key nord');

  // The server's words may quote what the check has read: they are for those who may see literals.
  const sql =
    'select shop, case when waiting > 100 then shop::int else waiting end as waiting from public.orders';
  await sqlOn(server, 'postgres', `delete from orders where waiting = 1`);
  expect(await tryOut({ name: 'quoting', sql })).toMatchObject({ ok: true });
  await save({ name: 'quoting', sql }, true);
  await sqlOn(server, 'postgres', `insert into orders values ('Erika Mustermann', 101)`);
  collector.collectNow(instanceId);
  await until(async () => (await stateOf('own/quoting'))?.results[0]?.state === 'unknown', 'a bad value');
  expect((await stateOf('own/quoting'))?.results[0]?.reason).toContain('integer: "Erika Mustermann"');
  const asViewer = await checksOfInstance(console.webDb, 'viewer', instanceId, { rows: true });
  const servers = await checkServers(console.webDb, 'viewer', 'own/quoting');
  const shown = asViewer.items.filter(({ id }) => id === 'own/quoting');
  expect(shown[0]?.results[0]?.state).toBe('unknown');
  expect(JSON.stringify([shown, servers])).not.toContain('Mustermann');
  expect(servers.items[0]?.reason).toContain('does not fit its type or its limits (SQLSTATE 22P02)');
  await sqlOn(
    server,
    'postgres',
    'delete from orders where waiting > 100',
    `insert into orders values ('nord', 1)`,
  );
  await removeOwnCheck(console.webDb, console.actor, 'quoting', 'quoting', meta);
  collector.collectNow(instanceId);
  await until(
    async () => (await stateOf('own/other'))?.results[0]?.reason?.includes('nord') === true,
    'two rows of one key again',
  );
  const overview = await checksOverview(console.webDb);
  expect(overview.items.find(({ id }) => id === 'own/other')).toMatchObject({
    own: true,
    servers: 1,
    unmeasured: 1,
  });
  const [row] = await console.workerDb
    .selectFrom('instances')
    .selectAll()
    .where('id', '=', instanceId)
    .execute();
  expect(row).toMatchObject({ reachable: true, last_error: null });

  // Removed: nothing stands open, nothing is asked, and what it saw is still there.
  await sqlOn(server, 'postgres', `delete from orders where waiting = 1`, `update orders set waiting = 400`);
  collector.collectNow(instanceId);
  await until(async () => (await found(true)).length === 2, 'two findings');
  await removeOwnCheck(console.webDb, console.actor, 'waiting-orders', 'waiting-orders', meta);
  await until(async () => (await found(true)).length === 0, 'closed by its removal');
  await until(async () => (await stateOf('own/waiting-orders')) === undefined, 'not asked');
  expect((await found(false))[0]).toMatchObject({ title: 'Waiting orders', checkId: 'own/waiting-orders' });
  const kept = await seriesOfInstance(console.webDb, instanceId, {
    check: 'own/waiting-orders',
    maxPoints: 50,
  });
  expect(kept.items[0]?.series.length).toBeGreaterThan(0);
  await collector.stop();
});

test('a file adds and changes checks, all or none; what was not tried waits, switched off', async () => {
  const { webDb, actor } = console;
  const { yaml } = await exportedChecks(webDb);
  expect(await importOwnChecks(webDb, actor, yaml, meta)).toMatchObject({
    items: [{ id: 'own/other', outcome: 'unchanged', enabled: true }],
  });
  const changed = yaml.replace('where true', 'where shop is not null');
  expect(await importOwnChecks(webDb, actor, changed, meta)).toMatchObject({
    items: [{ id: 'own/other', outcome: 'changed', version: 2, enabled: false }],
  });
  await expect(changeOwnCheck(webDb, actor, 'other', { enabled: true }, meta)).rejects.toThrow(
    'not passed a trial',
  );
  const half = `${changed}  - name: broken\n    title: Broken\n    sql: drop table x\n    columns: []\n`;
  await expect(importOwnChecks(webDb, actor, half, meta)).rejects.toThrow('broken');
  const back = await importOwnChecks(
    webDb,
    actor,
    changed.replace('name: other', 'name: waiting-orders'),
    meta,
  );
  expect(back.items).toMatchObject([{ id: 'own/waiting-orders', outcome: 'added', version: 3 }]);
});
