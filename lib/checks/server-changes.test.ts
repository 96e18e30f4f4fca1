import { afterAll, beforeAll, expect, test } from 'vitest';
import schemaCheck from '@/lib/checks/schema-changes';
import check from '@/lib/checks/server-changes';
import type { AnyCheck } from '@/lib/engine/define-check';
import { makeWatchLogin, openSession, sqlOn } from '@/lib/testing/check-kit';
import { addWatched, collectFor } from '@/lib/testing/collecting';
import { type TestConsole, testConsole } from '@/lib/testing/console';
import { startPostgres, startStandby, type TestPostgres } from '@/lib/testing/postgres';
import { until } from '@/lib/testing/until';

let console: TestConsole;
let server: TestPostgres;
let standby: TestPostgres;
const often: Record<string, AnyCheck> = {
  'server-changes': { ...(check as unknown as AnyCheck), everySeconds: 0.1 },
  'schema-changes': { ...(schemaCheck as unknown as AnyCheck), everySeconds: 0.1 },
};

beforeAll(async () => {
  [console, server] = await Promise.all([testConsole(), startPostgres()]);
  await makeWatchLogin(server);
  standby = await startStandby(server);
});
afterAll(async () => {
  await console.close();
  await standby.stop();
  await server.stop();
});

const changesOf = (instanceId: string) =>
  console.webDb
    .selectFrom('changes')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .orderBy('id')
    .execute();
const sentences = async (instanceId: string) => (await changesOf(instanceId)).map(({ sentence }) => sentence);
const isStored = (instanceId: string) =>
  console.workerDb
    .selectFrom('server_snapshots')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .executeTakeFirst();

test('settings, restarts and a promotion are told once, also those of while nobody looked; a password never', async () => {
  const { clusterId, instanceId } = await addWatched(console, server);
  const other = await addWatched(console, standby, { clusterId, name: 'standby' });
  const first = collectFor(console, { checks: often });
  await until(async () => Boolean(await isStored(instanceId)), 'the first look');
  await until(async () => Boolean(await isStored(other.instanceId)), 'the first look at the standby');
  expect(await sentences(instanceId)).toEqual([]);

  const before = new Date().toISOString();
  await sqlOn(
    server,
    'postgres',
    `alter system set work_mem = '64MB'`,
    `alter system set statement_timeout = '90s'`,
    `alter system set max_connections = 70`,
    `alter system set primary_conninfo = 'host=a password=hunter2'`,
    'select pg_reload_conf()',
    `alter role plumbline_watch in database postgres set "app.jwt_secret" = 'hunter2'`,
    'create database "<b>shop"',
  );
  const wanted = [
    'work_mem was changed from 4MB to 64MB.',
    'statement_timeout was changed from 0 to 90s.',
    'max_connections was changed in the configuration and waits for a restart (now: 60).',
    'primary_conninfo was changed from (empty) to host=a password=(hidden).',
    'app.jwt_secret for role plumbline_watch in database postgres was changed from not set to (hidden).',
    'Database <b>shop was created.',
  ];
  await until(async () => (await changesOf(instanceId)).length >= wanted.length, 'six changes');
  expect((await sentences(instanceId)).sort()).toEqual([...wanted].sort());
  const rows = await changesOf(instanceId);
  for (const row of rows) expect(Date.parse(row.at)).toBeGreaterThanOrEqual(Date.parse(before) - 1000);
  const work = rows.find(({ object }) => object === 'work_mem');
  expect(work).toMatchObject({
    kind: 'setting',
    cluster_id: clusterId,
    since: null,
    details: { before: '4MB', after: '64MB', source: 'postgresql.auto.conf' },
  });
  const kept = await console.workerDb.selectFrom('server_snapshots').selectAll().execute();
  expect(JSON.stringify([kept, rows])).not.toContain('hunter2');
  expect(first.hints.length).toBeGreaterThan(0);

  // Nobody looks while the server is restarted and a setting goes back.
  await first.stop();
  await sqlOn(server, 'postgres', 'alter system reset work_mem');
  await server.restart();
  const second = collectFor(console, { checks: often });
  await until(async () => (await changesOf(instanceId)).length >= wanted.length + 3, 'three more');
  const later = (await changesOf(instanceId)).slice(wanted.length);
  expect(later.map(({ sentence }) => sentence).sort()).toEqual([
    'The server was restarted.',
    'max_connections was changed from 60 to 70.',
    'work_mem was changed from 64MB to 4MB.',
  ]);

  // A backend that is killed takes all others along: the server stays the same one.
  const session = await openSession(server);
  process.kill(session.backendPid, 'SIGKILL');
  await until(async () => (await changesOf(instanceId)).length >= wanted.length + 4, 'the crash');
  expect((await sentences(instanceId)).at(-1)).toContain('crashed');
  await session.close();

  await sqlOn(standby, 'postgres', 'select pg_promote(true, 30)');
  await until(
    async () => (await changesOf(other.instanceId)).some(({ kind }) => kind === 'failover'),
    'promoted',
  );
  const promoted = (await changesOf(other.instanceId)).find(({ kind }) => kind === 'failover');
  expect(promoted).toMatchObject({
    sentence: 'The standby was promoted: it is the primary now, on timeline 2 (before: 1).',
    since: expect.any(String),
  });

  // The schema belongs to the cluster: the new primary is compared with the old one's, which counts no longer.
  const schemaChanges = async () =>
    (
      await console.webDb
        .selectFrom('changes')
        .select(['sentence', 'instance_id'])
        .where('cluster_id', '=', clusterId)
        .where('kind', '=', 'schema')
        .where('instance_id', 'is', null)
        .execute()
    ).map(({ sentence }) => sentence);
  const ofNewPrimary = () =>
    console.workerDb
      .selectFrom('schema_snapshots')
      .selectAll()
      .where('cluster_id', '=', clusterId)
      .where('database', '=', 'postgres')
      .where('timeline', '=', 2)
      .execute();
  await until(async () => (await ofNewPrimary()).length === 1, 'the new primary’s schema');
  expect(await schemaChanges()).toEqual([]);
  await sqlOn(server, 'postgres', 'create table left_behind (n int)');
  await sqlOn(standby, 'postgres', 'create table afterwards (n int)');
  await until(async () => (await schemaChanges()).length > 0, 'the new primary’s table');
  expect(await schemaChanges()).toEqual(['Table public.afterwards was created.']);
  await second.stop();

  // A third look finds nothing new.
  const count = (await changesOf(instanceId)).length;
  const observed = (await isStored(instanceId))?.observed_at;
  const third = collectFor(console, { checks: often });
  await until(async () => (await isStored(instanceId))?.observed_at !== observed, 'another look');
  await third.stop();
  expect((await changesOf(instanceId)).length).toBe(count);
});
