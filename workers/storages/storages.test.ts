import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { log } from '@/lib/base/server/log';
import { addStorage, changeStorage, removeStorage, testStorage } from '@/lib/commands/storages';
import { storages, storageTest } from '@/lib/queries/storages';
import { createNotifier } from '@/lib/store/notify';
import { meta, type TestConsole, testConsole } from '@/lib/testing/console';
import { addFleet } from '@/lib/testing/engine-parts';
import { fakeServer } from '@/lib/testing/fake-server';
import { startS3, type TestS3 } from '@/lib/testing/s3-server';
import { scratchDirectory } from '@/lib/testing/scratch';
import { runToolOrFail } from '@/lib/tools/process';
import { type StorageTester, startStorageTester } from '@/workers/storages/index';

let console: TestConsole;
let s3: TestS3;
let tester: StorageTester;
let notifier: ReturnType<typeof createNotifier>;

const place = () => ({
  ...{ endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket, uriStyle: 'path' as const },
  ...{ accessKey: s3.accessKey, secretKey: s3.secretKey },
});

/** Asks as a person does and tries it as a worker does. */
async function tried(asked: Promise<{ testId: string }>) {
  const { testId } = await asked;
  await tester.test(testId);
  const result = await storageTest(console.webDb, testId);
  return { ok: result.ok, failed: result.steps.find(({ state }) => state === 'failed'), steps: result.steps };
}

beforeAll(async () => {
  [console, s3] = await Promise.all([testConsole(), startS3()]);
  notifier = createNotifier(console.workerDb);
  tester = startStorageTester({
    ...{ db: console.workerDb, keyPair: console.keyPair, log, notifier, sweepSeconds: 600 },
  });
});
afterAll(async () => {
  await tester.stop();
  await notifier.stop();
  await console.close();
  await s3.stop();
});

test('this machine is refused until a watched server runs on it; then a storage is tried and left as it was', async () => {
  const { webDb, actor, ownerDb } = console;
  const refused = await tried(addStorage(webDb, actor, { ...place(), name: 'near' }, meta));
  expect(refused.failed?.sentence).toContain('means the worker’s own machine');
  await addFleet(ownerDb, { host: '127.0.0.1', port: 1 } as never);

  const good = await tried(addStorage(webDb, actor, { ...place(), name: 'good', prefix: 'a/b' }, meta));
  expect(good).toMatchObject({ ok: true, failed: undefined });
  expect(good.steps).toHaveLength(5);
  const listed = (await storages(webDb)).items.find(({ name }) => name === 'good');
  expect(listed).toMatchObject({ hasKeys: true, usedBy: [], latestTest: { ok: true } });
  expect(JSON.stringify(listed)).not.toContain('S3RVER');
});

test('each way of not being let in is a sentence of its own, and the secret is in none', async () => {
  const { webDb, actor } = console;
  const gone = await fakeServer(() => {});
  await gone.close();
  const secretKey = 'a-secret-of-mine';
  for (const [name, change, says] of [
    ['key', { accessKey: 'NOBODY' }, 'does not know the access key'],
    ['bucket', { bucket: 'no-such-bucket' }, 'has no such bucket'],
    ['down', { endpoint: `http://127.0.0.1:${gone.port}` }, 'cannot be reached (ECONNREFUSED)'],
  ] as const) {
    const result = await tried(addStorage(webDb, actor, { ...place(), secretKey, ...change, name }, meta));
    expect(result.failed?.sentence).toContain(says);
    expect(JSON.stringify(result)).not.toContain(secretKey);
  }
});

test('over TLS an unknown authority is refused before a key is used, and one that was entered is not', async () => {
  const { webDb, actor } = console;
  const scratch = scratchDirectory('tls');
  const tls = { keyFile: `${scratch.path}/key`, certificateFile: `${scratch.path}/cert` };
  await runToolOrFail({
    argv: [
      'openssl',
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', tls.keyFile, '-out', tls.certificateFile],
    ],
    deadlineMs: 30_000,
  });
  const secure = await startS3('backups', tls);
  const at = { ...place(), endpoint: secure.endpoint };
  const unknown = await tried(addStorage(webDb, actor, { ...at, name: 'unknown' }, meta));
  expect(unknown.failed?.sentence).toMatch(/certificate of 127\.0\.0\.1:\d+ is not accepted/);
  const tlsCa = readFileSync(tls.certificateFile, 'utf8');
  expect(await tried(addStorage(webDb, actor, { ...at, name: 'own', tlsCa }, meta))).toMatchObject({
    ok: true,
  });
  await secure.stop();
  scratch.remove();
});

test('a key is not carried to another place: neither by a change without keys nor by a changed row', async () => {
  const { webDb, actor, ownerDb } = console;
  let asked = 0;
  const thief = await fakeServer(() => {
    asked += 1;
  });
  const { id } = await addStorage(webDb, actor, { ...place(), name: 'mine' }, meta);
  const endpoint = `http://127.0.0.1:${thief.port}`;
  await expect(changeStorage(webDb, actor, id, { endpoint }, meta)).rejects.toMatchObject({
    fields: { accessKey: expect.any(String), secretKey: expect.any(String) },
  });
  await expect(changeStorage(webDb, actor, id, { tlsCa: 'no certificate' }, meta)).rejects.toThrow();
  expect(await tried(changeStorage(webDb, actor, id, { name: 'mine too' }, meta))).toMatchObject({
    ok: true,
  });
  await ownerDb.updateTable('storages').set({ endpoint }).where('id', '=', id).execute();
  const turned = await tried(testStorage(webDb, actor, id));
  expect(turned.failed?.sentence).toContain('was entered for another place');
  expect(asked).toBe(0);
  await thief.close();
});

test('a storage is removed with its keys after its name was typed, and not while a repository is on it', async () => {
  const { webDb, actor, ownerDb } = console;
  const { id } = await addStorage(webDb, actor, { ...place(), name: 'used' }, meta);
  await expect(addStorage(webDb, actor, { ...place(), name: 'USED' }, meta)).rejects.toMatchObject({
    code: 'conflict',
  });
  const { clusterId, instanceId } = await addFleet(ownerDb, { host: 'db', port: 1 } as never);
  await ownerDb
    .insertInto('stanzas')
    .values({ id, cluster_id: clusterId, instance_id: instanceId, name: 'main', created_by_name: 'x' })
    .execute();
  await ownerDb
    .insertInto('stanza_repositories')
    .values({ id, stanza_id: id, ordinal: 1, storage_id: id, path: '/r' })
    .execute();
  await expect(removeStorage(webDb, actor, id, 'used', meta)).rejects.toThrow('the repository of main');
  await ownerDb.updateTable('stanzas').set({ state: 'retired' }).execute();
  await expect(removeStorage(webDb, actor, id, 'wrong', meta)).rejects.toMatchObject({ code: 'bad-input' });
  await removeStorage(webDb, actor, id, 'used', meta);
  expect((await storages(webDb)).items.map(({ name }) => name)).not.toContain('used');
  const left = await ownerDb
    .selectFrom('sealed_secrets')
    .select('name')
    .where('subject_id', '=', id)
    .execute();
  expect(left).toEqual([]);
});
