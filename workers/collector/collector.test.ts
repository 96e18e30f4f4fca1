import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type AnyCheck, defineCheck } from '@/lib/engine/define-check';
import { listen } from '@/lib/store/listen';
import { createNotifier, eventsChannel } from '@/lib/store/notify';
import { makeWatchLogin, openSession, sqlOn } from '@/lib/testing/check-kit';
import { addWatched, collectFor } from '@/lib/testing/collecting';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { startPostgres, startStandby, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

let console: TestConsole;
let server: TestPostgres;

beforeAll(async () => {
  [console, server] = await Promise.all([testConsole(), startPostgres()]);
  await makeWatchLogin(server);
});
afterAll(async () => {
  await console.close();
  await server.stop();
});

// What one test watched is of no interest to the next one's collector.
afterEach(async () => {
  await console.ownerDb.updateTable('instances').set({ state: 'removed' }).execute();
});

const quick = (definition: Partial<AnyCheck> & Pick<AnyCheck, 'columns' | 'sql'>): AnyCheck => ({
  ...defineCheck({
    title: 'Quick',
    why: 'w',
    source: 's',
    target: 'instance',
    runsOn: 'any',
    everySeconds: 0.1,
    columns: {},
    keep: ['series', 'snapshot'],
    draw: [],
  }),
  ...definition,
});

/** Rows of `level(n, size)` are what the server shows. */
const levels = quick({
  sql: { 140000: `select name, n::float8 as n, size::float8 as size from public.levels` },
  columns: {
    name: { role: 'key', label: 'Name' },
    n: { role: 'counter', label: 'N', unit: 'count' },
    size: { role: 'gauge', label: 'Size', unit: 'bytes' },
  },
  judge: [
    { column: 'size', worse: 'above', warn: 100, crit: 1000, sentence: '{name} on {instance} has {size}.' },
  ],
});

const findings = (instanceId: string) =>
  console.workerDb.selectFrom('findings').selectAll().where('instance_id', '=', instanceId).execute();
const results = (instanceId: string) =>
  console.workerDb.selectFrom('check_results').selectAll().where('instance_id', '=', instanceId).execute();
const instanceRow = (id: string) =>
  console.workerDb.selectFrom('instances').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

async function samplesOf(instanceId: string, checkId: string) {
  const { rows } = await sql<{
    key: Record<string, string>;
    seconds: number | null;
    values: (number | null)[];
  }>`
    select s.key, m.seconds, m.values
    from series s
    join samples m on m.series_id = s.id
    where s.instance_id = ${instanceId}
      and s.check_id = ${checkId}
    order by m.at`.execute(console.workerDb);
  return rows;
}

test('a server is seen, its samples are kept as deltas, and a finding opens, moves and closes', async () => {
  await sqlOn(
    server,
    'postgres',
    'create table levels (name text, n bigint, size bigint)',
    'grant select on levels to public',
    `insert into levels values ('<b>a''"', 10, 50)`,
  );
  const { instanceId, clusterId } = await addWatched(console, server);
  const collector = collectFor(console, { checks: { levels } });
  await until(async () => (await samplesOf(instanceId, 'levels')).length >= 2, 'two samples');
  const [first, second] = await samplesOf(instanceId, 'levels');
  expect(first).toEqual({ key: { name: `<b>a'"` }, seconds: null, values: [null, 50] });
  expect(second?.values).toEqual([0, 50]);
  expect(second?.seconds).toBeGreaterThan(0.02);
  expect(await instanceRow(instanceId)).toMatchObject({
    role: 'primary',
    reachable: true,
    last_error: null,
    timeline: 1,
  });
  expect(collector.hints).toContain(`instance ${instanceId}`);

  await sqlOn(server, 'postgres', 'update levels set n = n + 7, size = 500');
  await until(async () => (await findings(instanceId)).length === 1, 'a finding');
  const [opened] = await findings(instanceId);
  expect(opened).toMatchObject({
    level: 'warn',
    sentence: `<b>a'" on server ${server.port} has 500 B.`,
    closed_at: null,
  });
  expect((await samplesOf(instanceId, 'levels')).reduce((sum, { values }) => sum + (values[0] ?? 0), 0)).toBe(
    7,
  );
  expect(collector.hints).toContain(`cluster ${clusterId}`);

  await sqlOn(server, 'postgres', 'update levels set size = 5000');
  await until(async () => (await findings(instanceId))[0]?.level === 'crit', 'crit');
  const [moved] = await findings(instanceId);
  expect(moved?.id).toBe(opened?.id);
  expect(moved?.opened_at).toBe(opened?.opened_at);

  await sqlOn(server, 'postgres', 'delete from levels');
  await until(async () => (await findings(instanceId))[0]?.closed_at !== null, 'closed');
  expect((await findings(instanceId)).length).toBe(1);
  await collector.stop();
  const left = await console.workerDb.selectFrom('collector_leases').selectAll().execute();
  expect(left.filter((lease) => lease.worker_id === collector.workerId)).toEqual([]);
});

test('a finding that is open stays the same one over a restart of the worker', async () => {
  await sqlOn(server, 'postgres', `insert into levels values ('kept', 1, 500)`);
  const { instanceId } = await addWatched(console, server);
  const first = collectFor(console, { checks: { levels } });
  await until(async () => (await findings(instanceId)).length === 1, 'a finding');
  await first.stop();
  const [before] = await findings(instanceId);
  const second = collectFor(console, { checks: { levels } });
  await until(
    async () => (await findings(instanceId))[0]?.last_seen_at !== before?.last_seen_at,
    'seen again',
  );
  const after = await findings(instanceId);
  expect(after.map(({ id }) => id)).toEqual([before?.id]);
  await sqlOn(server, 'postgres', `delete from levels`);
  await until(async () => (await findings(instanceId))[0]?.closed_at !== null, 'closed');
  await second.stop();
});

test('what cannot be measured is a state with its reason and mend, and stops nothing else', async () => {
  const checks = {
    slow: quick({ sql: { 140000: 'select pg_sleep(30)' }, columns: {}, timeoutMs: 150 }),
    hidden: quick({ sql: { 140000: 'select * from pg_catalog.pg_authid' }, columns: {} }),
    broken: quick({ sql: { 140000: 'select 1 / 0' }, columns: {} }),
    needy: quick({
      sql: { 140000: 'select 1' },
      columns: {},
      needs: [{ extension: 'nope', mend: 'create extension nope;' }],
    }),
    newer: quick({ sql: { 140000: { unsupported: 'needs 99' } }, columns: {} }),
    writes: quick({ sql: { 140000: 'create table planted (n int)' }, columns: {} }),
    fine: quick({
      sql: { 140000: 'select 1::float8 as n' },
      columns: { n: { role: 'gauge', label: 'N', unit: 'count' } },
    }),
  };
  const { instanceId } = await addWatched(console, server);
  const collector = collectFor(console, { checks });
  await until(async () => (await results(instanceId)).length === 7, 'all results');
  await collector.stop();
  const states = Object.fromEntries((await results(instanceId)).map((row) => [row.check_id, row]));
  expect(states.slow).toMatchObject({ state: 'timeout', reason: expect.stringContaining('0.15 s') });
  expect(states.hidden).toMatchObject({ state: 'unknown', mend: 'grant pg_monitor to "plumbline_watch";' });
  expect(states.broken).toMatchObject({
    state: 'error',
    reason: expect.stringContaining('division by zero'),
  });
  expect(states.needy).toMatchObject({ state: 'unknown', mend: 'create extension nope;' });
  expect(states.newer).toMatchObject({ state: 'unknown', reason: 'needs 99' });
  expect(states.writes).toMatchObject({ state: 'error', reason: expect.stringContaining('read-only') });
  expect(states.fine).toMatchObject({ state: 'ok', rows: [{ n: 1 }] });
});

test('databases are walked by one more connection, and a dropped one is forgotten', async () => {
  const name = `odd "'name"\n<i>`;
  const quoted = `"${name.replaceAll('"', '""')}"`;
  await sqlOn(
    server,
    'postgres',
    `create database ${quoted}`,
    'create database closed',
    'revoke connect on database closed from public',
  );
  const where = quick({
    target: 'database',
    sql: { 140000: 'select current_database()::text as here, 7::float8 as size' },
    columns: { here: { role: 'key', label: 'Here' }, size: { role: 'gauge', label: 'Size', unit: 'count' } },
    judge: [{ column: 'size', worse: 'above', warn: 1, sentence: '{database} has {size}.' }],
  });
  const { instanceId } = await addWatched(console, server);
  const collector = collectFor(console, { checks: { where } });
  await until(async () => (await results(instanceId)).length === 3, 'three databases');
  const byDatabase = Object.fromEntries((await results(instanceId)).map((row) => [row.database, row]));
  expect(byDatabase[name]).toMatchObject({ state: 'ok', rows: [{ here: name, size: 7 }] });
  expect(byDatabase.closed).toMatchObject({
    state: 'unknown',
    mend: 'grant connect on database "closed" to "plumbline_watch";',
  });
  expect((await findings(instanceId)).map(({ sentence }) => sentence).sort()).toEqual(
    [`${name} has 7.`, 'postgres has 7.'].sort(),
  );
  const sessions = await openSession(server);
  const [own] = await sessions.query(
    `select count(*)::int4 as n from pg_stat_activity where usename = 'plumbline_watch'`,
  );
  expect(own?.n).toBeLessThanOrEqual(2);
  await sessions.close();
  await collector.stop();

  // A database that was dropped while nobody looked is forgotten with the next first round.
  await sqlOn(server, 'postgres', `drop database ${quoted} with (force)`, 'drop database closed');
  const later = collectFor(console, { checks: { where } });
  await until(async () => (await results(instanceId)).length === 1, 'forgotten');
  const open = (await findings(instanceId)).filter(({ closed_at: closed }) => closed === null);
  expect(open.map(({ database }) => database)).toEqual(['postgres']);
  await later.stop();
});

test('an unreachable server is a finding at once, and is watched again when it is back', async () => {
  const own = await startPostgres();
  await makeWatchLogin(own);
  const { instanceId } = await addWatched(console, own);
  const collector = collectFor(console, { checks: {} });
  await until(async () => (await instanceRow(instanceId)).reachable === true, 'reachable');
  // A test server does not flush: without this the crash would lose the login.
  await sqlOn(own, 'postgres', 'checkpoint');
  await own.kill();
  await until(async () => (await instanceRow(instanceId)).reachable === false, 'unreachable');
  expect(await findings(instanceId)).toMatchObject([
    {
      check_id: 'instance-unreachable',
      level: 'crit',
      closed_at: null,
      sentence: expect.stringContaining('Nothing accepts connections'),
    },
  ]);
  await own.restart();
  await until(async () => (await instanceRow(instanceId)).reachable === true, 'reachable again');
  expect((await findings(instanceId))[0]?.closed_at).not.toBe(null);
  await collector.stop();
  await own.stop();
});

test('a server that answers as another cluster is refused and nothing is collected from it', async () => {
  const { instanceId } = await addWatched(console, server);
  await console.ownerDb
    .updateTable('instances')
    .set({ system_identifier: '42' })
    .where('id', '=', instanceId)
    .execute();
  const fine = quick({
    sql: { 140000: 'select 1::float8 as n' },
    columns: { n: { role: 'gauge', label: 'N' } },
  });
  const collector = collectFor(console, { checks: { fine } });
  await until(async () => (await findings(instanceId)).length > 0, 'a finding');
  expect((await findings(instanceId))[0]).toMatchObject({ check_id: 'instance-stranger', level: 'crit' });
  expect(await results(instanceId)).toEqual([]);
  expect((await instanceRow(instanceId)).system_identifier).toBe('42');
  await collector.stop();
});

test('two workers share the instances: one holds each, and a dead one is followed when its lease has run out', async () => {
  const fine = quick({
    sql: { 140000: 'select 1::float8 as n' },
    columns: { n: { role: 'gauge', label: 'N' } },
  });
  const { instanceId } = await addWatched(console, server);
  const dead = '00000000-0000-7000-8000-000000000000';
  await console.ownerDb
    .insertInto('collector_leases')
    .values({ instance_id: instanceId, worker_id: dead, lease_until: sql<string>`now() + interval '1 s'` })
    .onConflict((conflict) =>
      conflict
        .column('instance_id')
        .doUpdateSet({ worker_id: dead, epoch: 1, lease_until: sql<string>`now() + interval '1 s'` }),
    )
    .execute();
  const one = collectFor(console, { checks: { fine } });
  const two = collectFor(console, { checks: { fine } });
  expect((await results(instanceId)).length).toBe(0);
  await until(async () => (await results(instanceId)).length === 1, 'collected');
  const lease = await console.workerDb
    .selectFrom('collector_leases')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .executeTakeFirstOrThrow();
  expect([one.workerId, two.workerId]).toContain(lease.worker_id);
  expect(lease.epoch).toBe(2);
  expect([one.collectNow(instanceId), two.collectNow(instanceId)].filter(Boolean).length).toBe(1);
  await one.stop();
  await two.stop();
});

test('a promoted standby takes the other role: what the old role found is closed', async () => {
  const primary = await startPostgres();
  await makeWatchLogin(primary);
  const standby = await startStandby(primary);
  const onStandby = quick({
    runsOn: 'standby',
    sql: { 140000: 'select 5::float8 as n' },
    columns: { n: { role: 'gauge', label: 'N' } },
    judge: [{ column: 'n', worse: 'above', warn: 1, sentence: 'n is {n}.' }],
  });
  const { instanceId } = await addWatched(console, standby);
  const collector = collectFor(console, { checks: { onStandby } });
  await until(async () => (await findings(instanceId)).length === 1, 'a finding of the standby');
  await sqlOn(standby, 'postgres', 'select pg_promote(true, 30)');
  await until(async () => (await instanceRow(instanceId)).role === 'primary', 'promoted');
  expect(await instanceRow(instanceId)).toMatchObject({ timeline: 2 });
  await until(async () => (await findings(instanceId))[0]?.closed_at !== null, 'closed');
  expect(await results(instanceId)).toEqual([]);
  await collector.stop();
  await standby.stop();
  await primary.stop();
});

test('at a higher pace a check is asked sooner than it says', async () => {
  const often = quick({
    everySeconds: 10,
    sql: { 140000: 'select 1::float8 as n' },
    columns: { n: { role: 'gauge', label: 'N', unit: 'count' } },
  });
  const { instanceId } = await addWatched(console, server);
  const collector = collectFor(console, { checks: { often }, pace: 20 });
  await until(async () => (await samplesOf(instanceId, 'often')).length >= 3, 'three readings', 8_000);
  await collector.stop();
});

test('pages hear of a new sample within two seconds', async () => {
  const fine = quick({
    everySeconds: 1,
    sql: { 140000: 'select 1::float8 as n' },
    columns: { n: { role: 'gauge', label: 'N', unit: 'count' } },
  });
  const { instanceId } = await addWatched(console, server);
  const heard: number[] = [];
  const listener = listen(console.database.webUrl, [eventsChannel], (_channel, payload) => {
    if (payload.includes(instanceId)) heard.push(Date.now());
  });
  const notifier = createNotifier(console.workerDb);
  const collector = collectFor(console, { checks: { fine }, tickMs: 1000, notifier });
  await until(() => heard.length >= 3, 'three hints');
  const { rows } = await sql<{ at: string }>`
    select m.at
    from samples m
    join series s on s.id = m.series_id
    where s.instance_id = ${instanceId}
    order by m.at`.execute(console.webDb);
  const last = heard.at(-1) ?? 0;
  const before = rows.map(({ at }) => Date.parse(at)).filter((at) => at <= last);
  expect(before.length).toBeGreaterThanOrEqual(2);
  expect(last - Math.max(...before)).toBeLessThan(2000);
  await collector.stop();
  await notifier.stop();
  await listener.stop();
});
