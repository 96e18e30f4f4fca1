import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { addCluster, changeCluster, removeCluster } from '@/lib/commands/clusters';
import { activateInstance, collectNow, pauseInstance, testInstance } from '@/lib/commands/instance-state';
import { addInstance, changeInstance, removeInstance } from '@/lib/commands/instances';
import { type NewInstance, newInstanceSchema } from '@/lib/contract/instances';
import { cluster as readCluster } from '@/lib/queries/clusters';
import { instanceDetail } from '@/lib/queries/instances';
import { open } from '@/lib/secrets/open';
import { sealedLogin } from '@/lib/store/instance-logins';
import { findInstance } from '@/lib/store/instances';
import { addTestInstance, meta, type TestConsole, testConsole } from '@/lib/testing/console';

let console: TestConsole;
let port = 20_000;
const canary = 'canary-password-5521';
const logins = [{ purpose: 'watch' as const, user: 'watcher', password: canary }];

beforeAll(async () => {
  console = await testConsole();
});
afterAll(() => console.close());

const place = () => {
  port += 1;
  return { host: 'db.example.org', port };
};

test('the password is in no column of the console database but sealed, and web cannot even read that', async () => {
  const { instanceId } = await addTestInstance(console, place(), { logins });
  const row = await sealedLogin(console.workerDb, instanceId, 'watch');
  if (!row) throw new Error('no login');
  expect(row.sealed.includes(canary)).toBe(false);
  expect((await open(console.keyPair, row.sealed, row)).password).toBe(canary);
  await expect(sealedLogin(console.webDb, instanceId, 'watch')).rejects.toThrow(/permission denied/);
  const everything = [];
  for (const table of ['audit_log', 'instances', 'instance_tests', 'outbox', 'clusters'] as const) {
    everything.push(await console.ownerDb.selectFrom(table).selectAll().execute());
  }
  expect(JSON.stringify(everything)).not.toContain(canary);
  expect(JSON.stringify(await instanceDetail(console.webDb, instanceId))).not.toContain('sealed');
});

test.each([
  ['/var/run/postgresql', 'unix socket'],
  ['@abstract', 'unix socket'],
  ['one.example.org,two.example.org', 'Give one host'],
  ['host=evil port=1', 'without user, port, path or options'],
  ['postgres://evil/db', 'without user, port, path or options'],
  ['db.example.org?options=-c', 'without user, port, path or options'],
  ['db.example.org:5432', 'neither a host name nor an IP address'],
  ['-oProxyCommand', 'neither a host name nor an IP address'],
  ['bücher.example', 'neither a host name nor an IP address'],
  ['', 'missing'],
])('the host %j is refused with a sentence', (host, says) => {
  const parsed = newInstanceSchema.safeParse({ ...input(newId()), host });
  expect(parsed.error?.issues.map((issue) => issue.message).join()).toContain(says);
});

test.each(['127.0.0.1', '::1', 'db-1.example.org', 'localhost', 'a_b.internal.'])(
  'the host %s is taken',
  (host) => {
    expect(newInstanceSchema.safeParse({ ...input(newId()), host }).success).toBe(true);
  },
);

const input = (clusterId: string): NewInstance => ({
  clusterId,
  name: 'one',
  host: 'db.example.org',
  logins,
});

test('a connection string as database, control characters, long names and unknown fields are refused', () => {
  const wrong = [
    { database: "host=evil options='-c x'" },
    { database: 'postgresql://evil/x' },
    { database: 'a\u0000b' },
    { name: 'two\nlines' },
    { name: ' ' },
    { logins: [] },
    { logins: [...logins, ...logins] },
    { logins: [{ purpose: 'watch', user: 'ü'.repeat(32), password: 'x' }] },
    { port: 0 },
    { port: 65_536 },
    { tlsCa: 'no pem' },
    { state: 'active' },
    { options: '-c log_statement=all' },
  ];
  for (const change of wrong) {
    expect(
      newInstanceSchema.safeParse({ ...input(newId()), ...change }).success,
      JSON.stringify(change),
    ).toBe(false);
  }
});

test('names with markup and quotes are kept as they are; a taken name or place is a conflict that names the holder', async () => {
  const { webDb, actor } = console;
  const name = `<img src=x onerror=alert(1)> "'; drop table clusters --`;
  const { id } = await addCluster(webDb, actor, { name, environment: '<b>' }, meta);
  expect(await readCluster(webDb, id)).toMatchObject({
    name,
    environment: '<b>',
    primary: null,
    instances: [],
  });
  await expect(addCluster(webDb, actor, { name: name.toUpperCase() }, meta)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining(name),
  });
  const at = place();
  await addInstance(webDb, actor, { ...input(id), ...at, name }, meta);
  const again = addInstance(webDb, actor, { ...input(id), ...at, name: 'other' }, meta);
  await expect(again).rejects.toThrow(`is watched already, as ${name} of ${name}`);
  const sameName = addInstance(webDb, actor, { ...input(id), ...place(), name }, meta);
  await expect(sameName).rejects.toMatchObject({ code: 'conflict', fields: { name: expect.any(String) } });
});

test('who is no dba may not, and unknown ids are not found', async () => {
  const { webDb, actor } = console;
  const operator = { ...actor, role: 'operator' as const };
  await expect(addCluster(webDb, operator, { name: 'x' }, meta)).rejects.toMatchObject({
    code: 'not-allowed',
  });
  await expect(removeInstance(webDb, operator, newId(), 'x', meta)).rejects.toMatchObject({
    code: 'not-allowed',
  });
  for (const act of [
    () => testInstance(webDb, actor, { instanceId: newId() }, meta),
    () => activateInstance(webDb, actor, newId(), meta),
    () => pauseInstance(webDb, actor, newId(), meta),
    () => collectNow(webDb, actor, newId()),
    () => changeInstance(webDb, actor, newId(), { name: 'x' }, meta),
    () => removeInstance(webDb, actor, newId(), 'x', meta),
    () => removeCluster(webDb, actor, newId(), 'x', meta),
    () => changeCluster(webDb, actor, newId(), { name: 'x' }, meta),
    () => addInstance(webDb, actor, input(newId()), meta),
  ]) {
    await expect(act()).rejects.toMatchObject({ code: 'not-found' });
  }
});

test('another host, port, TLS mode or CA asks for every password again, and makes a draft of it', async () => {
  const { webDb, actor } = console;
  const { instanceId } = await addTestInstance(console, place(), {
    logins: [...logins, { purpose: 'backup', user: 'saver', password: 'b' }],
  });
  await console.ownerDb
    .updateTable('instances')
    .set({ state: 'active' })
    .where('id', '=', instanceId)
    .execute();
  for (const change of [{ host: 'evil.example.org' }, { port: 6000 }, { tlsMode: 'require' as const }]) {
    await expect(changeInstance(webDb, actor, instanceId, change, meta)).rejects.toThrow('backup, watch');
    const some = changeInstance(webDb, actor, instanceId, { ...change, logins }, meta);
    await expect(some).rejects.toThrow('give those of backup again');
  }
  expect(await findInstance(webDb, instanceId)).toMatchObject({ host: 'db.example.org', state: 'active' });
  await changeInstance(webDb, actor, instanceId, { name: 'renamed', database: 'other' }, meta);
  expect(await findInstance(webDb, instanceId)).toMatchObject({ name: 'renamed', state: 'active' });
  await changeInstance(
    webDb,
    actor,
    instanceId,
    { host: 'moved.example.org', logins, removeLogins: ['backup'] },
    meta,
  );
  const after = await instanceDetail(webDb, instanceId);
  expect(after).toMatchObject({ host: 'moved.example.org', state: 'draft' });
  expect(after.logins.map((login) => login.purpose)).toEqual(['watch']);
  await expect(changeInstance(webDb, actor, instanceId, { removeLogins: ['watch'] }, meta)).rejects.toThrow(
    'at least one login',
  );
});

test('a draft becomes active only by a test that passed since its last change', async () => {
  const { webDb, actor } = console;
  const { instanceId } = await addTestInstance(console, place(), { logins });
  const refused = () =>
    expect(activateInstance(webDb, actor, instanceId, meta)).rejects.toThrow('no passed test');
  await refused();
  const { id } = await testInstance(webDb, actor, { instanceId }, meta);
  expect((await testInstance(webDb, actor, { instanceId }, meta)).id).toBe(id);
  await refused();
  const finish = (ok: boolean, at = sql<string>`clock_timestamp()`) =>
    console.ownerDb
      .updateTable('instance_tests')
      .set({ state: 'done', ok, started_at: at, finished_at: at })
      .where('id', '=', id)
      .execute();
  await finish(false);
  await refused();
  await finish(true);
  await changeInstance(webDb, actor, instanceId, { logins }, meta);
  await refused();
  await finish(true, sql`(select updated_at from instances where id = instance_id)`);
  await refused();
  await finish(true);
  await activateInstance(webDb, actor, instanceId, meta);
  expect(await findInstance(webDb, instanceId)).toMatchObject({ state: 'active' });
  await collectNow(webDb, actor, instanceId);
  await pauseInstance(webDb, actor, instanceId, meta);
  await expect(collectNow(webDb, actor, instanceId)).rejects.toThrow('is paused');
  await activateInstance(webDb, actor, instanceId, meta);
  const outbox = await console.ownerDb.selectFrom('outbox').select(['topic', 'subject_id']).execute();
  expect(outbox).toEqual(
    expect.arrayContaining([
      { topic: 'test', subject_id: id },
      { topic: 'collect', subject_id: instanceId },
    ]),
  );
});

test('removing asks for the name, deletes the secrets, keeps the history, and every act is in the audit', async () => {
  const { webDb, actor } = console;
  const { clusterId, instanceId } = await addTestInstance(console, place(), { name: 'to go', logins });
  await expect(removeInstance(webDb, actor, instanceId, 'to gone', meta)).rejects.toThrow('typed name');
  await removeInstance(webDb, actor, instanceId, 'to go', meta);
  expect(await findInstance(webDb, instanceId)).toBeUndefined();
  const kept = await console.ownerDb.selectFrom('instance_logins').selectAll().execute();
  expect(kept.some((login) => login.instance_id === instanceId)).toBe(false);
  const { name } = await readCluster(webDb, clusterId);
  await removeCluster(webDb, actor, clusterId, name, meta);
  await expect(readCluster(webDb, clusterId)).rejects.toMatchObject({ code: 'not-found' });
  const audit = await console.ownerDb.selectFrom('audit_log').select(['action', 'subject_id']).execute();
  for (const [action, subject_id] of [
    ['cluster.add', clusterId],
    ['instance.add', instanceId],
    ['instance.remove', instanceId],
    ['cluster.remove', clusterId],
  ]) {
    expect(audit).toContainEqual({ action, subject_id });
  }
});

test('before any worker has a key nothing is stored in the clear: the add is refused', async () => {
  const bare = await testConsole();
  await bare.ownerDb.updateTable('worker_keys').set({ retired_at: new Date() }).execute();
  await expect(addTestInstance(bare, place(), { logins })).rejects.toThrow('No worker has started yet');
  expect(await bare.ownerDb.selectFrom('instances').selectAll().execute()).toEqual([]);
  await bare.close();
});
