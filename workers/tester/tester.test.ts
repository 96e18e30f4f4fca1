import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { log } from '@/lib/base/server/log';
import { testInstance } from '@/lib/commands/instance-state';
import { grantStatements } from '@/lib/engine/grant-scripts';
import { findCluster } from '@/lib/store/clusters';
import { loginsOf } from '@/lib/store/instance-logins';
import { findTest } from '@/lib/store/instance-tests';
import { findInstance } from '@/lib/store/instances';
import { addTestInstance, meta, superuserLogin } from '@/lib/testing/console';
import { fakeServer } from '@/lib/testing/fake-server';
import { startPostgres, startStandby, type TestPostgres } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';
import { asSuperuser, sentences, type TesterConsole, testerConsole } from '@/lib/testing/tester';
import { until } from '@/lib/testing/until';
import { initCluster } from '@/lib/tools/postgres';
import { toolUserName } from '@/lib/tools/system-user';
import { startTester } from '@/workers/tester';

let console: TesterConsole;
let server: TestPostgres;

beforeAll(async () => {
  [console, server] = await Promise.all([testerConsole(), startPostgres()]);
});
afterAll(async () => {
  await console.close();
  await server.stop();
});

/** A server of another cluster: all others of tests are copies of one template and share its identifier. */
async function strangeServer(): Promise<TestPostgres> {
  const scratch = scratchDirectory('stranger');
  const dataDirectory = `${scratch.path}/data`;
  await initCluster({
    programs: server.programs,
    dataDirectory,
    user: toolUserName(),
    password: server.password,
    noSync: true,
  });
  const stranger = await startPostgres({ template: dataDirectory });
  scratch.remove();
  return stranger;
}

async function isSomebodyWaiting(on: TestPostgres): Promise<boolean> {
  const client = new Client({ connectionString: on.superuserUrl });
  await client.connect();
  const { rowCount } = await client.query('select 1 from pg_locks where not granted');
  await client.end();
  return (rowCount ?? 0) > 0;
}

async function streams(primary: TestPostgres): Promise<boolean> {
  const client = new Client({ connectionString: primary.superuserUrl });
  await client.connect();
  const { rowCount } = await client.query("select 1 from pg_stat_replication where state = 'streaming'");
  await client.end();
  return rowCount === 1;
}

test('logins made by the scripts have all rights of their purpose, and the draft becomes active', async () => {
  const names = { watch: 'pl "watch"', backup: "pl $do$ 'b'", operate: '<b>pl</b>' } as const;
  const own = await startPostgres({ config: { shared_preload_libraries: 'pg_stat_statements' } });
  await asSuperuser(own, [
    'create extension pg_stat_statements',
    'create role "the owner"',
    'create table owned_table (n int)',
    'alter table owned_table owner to "the owner"',
    'select lo_create(4711)',
    ...Object.entries(names).flatMap(([purpose, user]) =>
      grantStatements({
        purpose: purpose as keyof typeof names,
        user,
        major: own.programs.major,
        owners: ['the owner'],
      }).map((statement) => statement.sql),
    ),
    ...Object.values(names).map((user) => `alter role "${user.replaceAll('"', '""')}" password 'secret'`),
  ]);
  const { instanceId, clusterId } = await addTestInstance(console, own, {
    logins: Object.entries(names).map(([purpose, user]) => ({
      purpose: purpose as keyof typeof names,
      user,
      password: 'secret',
    })),
  });
  const { ok, result } = await console.run(instanceId);
  expect(sentences(result, 'failed')).toBe('');
  expect(ok).toBe(true);
  expect(result.activated).toBe(true);
  expect(result.logins.map((login) => [login.purpose, login.missing, login.superuser])).toEqual([
    ['watch', [], false],
    ['backup', [], false],
    ['operate', [], false],
  ]);
  expect(result.server?.extensions.map((extension) => extension.name)).toContain('pg_stat_statements');
  const instance = await findInstance(console.workerDb, instanceId);
  expect(instance).toMatchObject({ state: 'active', role: 'primary', timeline: 1, reachable: true });
  const cluster = await findCluster(console.workerDb, clusterId);
  expect(cluster?.system_identifier).toBe(result.server?.systemIdentifier);
  const tested = (await loginsOf(console.workerDb, [instanceId])).map((login) => login.tested);
  expect(tested).toMatchObject([{ tls: false, superuser: false }, { tls: false }, { tls: false }]);
  await own.stop();
});

test('missing rights are named with the script that mends them; a superuser is warned about', async () => {
  await asSuperuser(server, [
    "create role bare login password 'secret'",
    'create role app',
    'create table app_table (n int)',
    'alter table app_table owner to app',
    'select lo_create(99)',
  ]);
  const { instanceId } = await addTestInstance(console, server, {
    name: 'rights',
    logins: [
      superuserLogin(server, 'watch'),
      { purpose: 'backup', user: 'bare', password: 'secret' },
      { purpose: 'operate', user: 'bare', password: 'secret' },
    ],
  });
  const { ok, result } = await console.run(instanceId, false);
  expect(sentences(result, 'failed')).toBe('');
  expect(ok).toBe(true);
  expect(result.activated).toBe(false);
  const warnings = sentences(result, 'warn');
  expect(warnings).toContain('postgres is a superuser');
  expect(warnings).toContain('pg_read_all_data');
  expect(warnings).toContain('BYPASSRLS');
  expect(warnings).toContain('1 large objects of postgres cannot be read');
  expect(warnings).toContain('pg_signal_backend');
  expect(warnings).toContain('Tables of app cannot be');
  expect(warnings).toContain('in the clear');
  const scripts = Object.fromEntries(result.logins.map((login) => [login.purpose, login.script]));
  expect(scripts.watch).toBeNull();
  expect(scripts.backup).toContain('grant pg_read_all_data to "bare";');
  expect(scripts.operate).toContain('grant "app" to "bare";');
});

test('a standby is found and offered, belongs to its cluster, and a stranger does not', async () => {
  const primary = await startPostgres();
  const standby = await startStandby(primary, { name: 'reader <i>' });
  await until(() => streams(primary), 'the standby streams');
  const logins = [superuserLogin(primary)];
  const first = await addTestInstance(console, primary, { logins });
  const found = await console.run(first.instanceId);
  expect(found.result.standbys).toEqual([
    {
      applicationName: 'reader <i>',
      host: '127.0.0.1',
      port: primary.port,
      state: 'streaming',
      instanceId: null,
    },
  ]);
  const other = await strangeServer();
  const stranger = await addTestInstance(console, other, {
    clusterId: first.clusterId,
    name: 'stranger',
    logins,
  });
  const refused = await console.run(stranger.instanceId);
  expect(refused.ok).toBe(false);
  expect(sentences(refused.result, 'failed')).toContain('belongs to another cluster');
  expect(await findInstance(console.workerDb, stranger.instanceId)).toMatchObject({
    state: 'draft',
    facts_at: null,
  });
  const second = await addTestInstance(console, standby, {
    clusterId: first.clusterId,
    name: 'reader <i>',
    logins,
  });
  const joined = await console.run(second.instanceId);
  expect(joined.ok).toBe(true);
  expect(joined.result.server?.role).toBe('standby');
  expect(joined.result.activated).toBe(true);
  const again = await console.run(first.instanceId, false);
  expect(again.result.standbys[0]?.instanceId).toBe(second.instanceId);
  await Promise.all([standby.stop(), primary.stop(), other.stop()]);
});

test('a test whose wake-up was lost is found, and one whose worker died is ended', async () => {
  const gone = await fakeServer(() => {});
  await gone.close();
  const { instanceId } = await addTestInstance(console, gone, { logins: [superuserLogin(server)] });
  const { id } = await testInstance(console.webDb, console.actor, { instanceId }, meta);
  const dead = await testInstance(console.webDb, console.actor, { instanceId, activate: true }, meta);
  await console.ownerDb
    .updateTable('instance_tests')
    .set({ requested_at: new Date(Date.now() - 60_000) })
    .where('id', '=', id)
    .execute();
  await console.ownerDb
    .updateTable('instance_tests')
    .set({ state: 'running', started_at: new Date(Date.now() - 600_000) })
    .where('id', '=', dead.id)
    .execute();
  const sweeping = startTester({
    db: console.workerDb,
    keyPair: console.keyPair,
    log,
    notifier: console.notifier,
    pools: ['default'],
    sweepSeconds: 0.05,
  });
  await until(async () => (await findTest(console.workerDb, id))?.state === 'done', 'the lost test ran');
  await until(
    async () => (await findTest(console.workerDb, dead.id))?.state === 'done',
    'the dead test ended',
  );
  await sweeping.stop();
  expect(JSON.stringify((await findTest(console.workerDb, dead.id))?.result)).toContain(
    'ended before it did',
  );
});

test('a test of a row that changes meanwhile does not count', async () => {
  const own = await startPostgres();
  const { instanceId } = await addTestInstance(console, own, { logins: [superuserLogin(own)] });
  const { id } = await testInstance(console.webDb, console.actor, { instanceId, activate: true }, meta);
  const tested = await console.ownerDb.transaction().execute(async (trx) => {
    await trx.updateTable('instances').set({ updated_at: new Date() }).where('id', '=', instanceId).execute();
    const running = console.tester.test(id);
    // The tester has asked the server and waits for this row.
    await until(() => isSomebodyWaiting(console.database.server), 'the tester waits for the row');
    return { running };
  });
  await tested.running;
  const row = await findTest(console.workerDb, id);
  expect(row?.ok).toBe(false);
  expect(JSON.stringify(row?.result)).toContain('was changed while it was tested');
  expect(await findInstance(console.workerDb, instanceId)).toMatchObject({ state: 'draft', facts_at: null });
  await own.stop();
});
