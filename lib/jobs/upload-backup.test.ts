import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startActor } from '@/lib/auth/actor';
import { newId } from '@/lib/base/ids';
import { newKeyCopy } from '@/lib/base/server/dump-key-copy';
import { planJob } from '@/lib/commands/plans';
import { startRun } from '@/lib/commands/runs';
import { addStorage } from '@/lib/commands/storages';
import { makeDumpKey, proveEscrow } from '@/lib/commands/uploads';
import type { AnyJob } from '@/lib/engine/define-job';
import dumpEscrowDrill from '@/lib/jobs/dump-escrow-drill';
import expireBackups from '@/lib/jobs/expire-backups';
import fetchBackup from '@/lib/jobs/fetch-backup';
import logicalBackup from '@/lib/jobs/logical-backup';
import restoreDrill from '@/lib/jobs/restore-drill';
import uploadBackup from '@/lib/jobs/upload-backup';
import { readManifest } from '@/lib/procedures/dump-archive';
import { checkFiles } from '@/lib/procedures/validation-files';
import { dumpKeys } from '@/lib/queries/uploads';
import { findPlan } from '@/lib/store/plans';
import { meta } from '@/lib/testing/console';
import { type EngineWorld, engineWorld, leftovers } from '@/lib/testing/engine-world';
import { startS3, type TestS3 } from '@/lib/testing/s3-server';
import { runSql } from '@/lib/testing/superuser';
import { until } from '@/lib/testing/until';
import { startStorageTester } from '@/workers/storages/index';
import type { RunningWorker } from '@/workers/worker';

const kinds = {
  'logical-backup': logicalBackup,
  'restore-drill': restoreDrill,
  'upload-backup': uploadBackup,
  'fetch-backup': fetchBackup,
  'expire-backups': expireBackups,
  'dump-escrow-drill': dumpEscrowDrill,
} as unknown as Record<string, AnyJob>;
const over = ['succeeded', 'failed', 'cancelled', 'needs-decision'] as const;

let world: EngineWorld;
let worker: RunningWorker;
let s3: TestS3;
let backupId: string;
let copy: string;
let keyRow: string;

async function plan(kind: string, input = {}) {
  const id = await world.plan(kind, input);
  const row = await world.db.selectFrom('plans').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  return { id, document: row.document, error: row.error };
}
async function run(kind: string, input = {}) {
  const runId = await world.start((await plan(kind, input)).id);
  const state = await world.until(runId, over, 60_000);
  const row = await world.db
    .selectFrom('runs')
    .select('error')
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
  return { runId, state, error: row.error };
}
const pathOf = async () =>
  (await world.db.selectFrom('backups').select('path').where('id', '=', backupId).executeTakeFirstOrThrow())
    .path;
const uploads = () =>
  world.db.selectFrom('backup_uploads').selectAll().where('state', '<>', 'removed').execute();
/** The one object as s3rver keeps it on disk. */
const objectFile = () => {
  const root = path.join(s3.directory, s3.bucket);
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return path.join(root, names.find((name) => name.endsWith('.plbk._S3rver_object')) ?? 'none');
};

beforeAll(async () => {
  [world, s3] = await Promise.all([engineWorld(kinds), startS3()]);
  worker = await world.startWorker({ leaseSeconds: 10 }, { parts: [startStorageTester] });
  await runSql(world.watched, 'postgres', ['create database noisy']);
  // Noise does not compress: some 12 MB, so three parts of 5 MiB.
  await runSql(world.watched, 'noisy', [
    `create table t as select g as id, gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text
       || gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text as body
     from generate_series(1, 95000) g`,
    'create table empty (id int)',
  ]);
  const made = await run('logical-backup', { database: 'noisy', compression: 1 });
  backupId = made.runId;
});
afterAll(async () => {
  await worker.stop();
  await world.stop();
  await s3.stop();
});

test('without a storage or a key the plan says what is missing', async () => {
  const { document } = await plan('upload-backup', { backupId });
  expect(document?.blockers.map(({ message }) => message).join()).toMatch(/no storage.*no key to encrypt/);
  const place = { endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket, uriStyle: 'path' as const };
  const keys = { accessKey: s3.accessKey, secretKey: s3.secretKey };
  await addStorage(world.web, startActor, { ...place, ...keys, name: 'off-site', prefix: 'prod' }, meta);
  const key = await makeDumpKey(world.web, startActor, meta);
  copy = key.copy;
  keyRow = key.id;
  const ready = (await plan('upload-backup', { backupId })).document;
  expect(ready?.blockers).toEqual([]);
  expect(ready?.warnings.join()).toContain('Nobody has proven the kept copy');
});

test('the storage dies half-way: a clear error, nothing that looks whole, and a retry that sends only the rest', async () => {
  const upload = await plan('upload-backup', { backupId, partMib: 5 });
  const runId = await world.start(upload.id);
  await until(async () => (await uploads()).some(({ parts }) => parts.length >= 1), 'a part has arrived');
  await s3.kill();
  expect(await world.until(runId, over, 60_000)).toBe('failed');
  const { error } = await world.db
    .selectFrom('runs')
    .select('error')
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
  expect(error?.message).toMatch(/cannot be reached \(ECONN/);
  expect(error?.next).toContain('try again');
  expect(existsSync(objectFile())).toBe(false);
  await s3.restart();
  const again = await run('upload-backup', { backupId, partMib: 5 });
  expect(again.error).toBeNull();
  const [row] = await uploads();
  expect(row).toMatchObject({ state: 'ready', layout: { parts: 3 } });
  const sent = await world.db
    .selectFrom('run_log')
    .select('text')
    .where('run_id', '=', again.runId)
    .where('text', 'like', 'Goes on after part%')
    .execute();
  expect(sent).toHaveLength(1);
  expect(leftovers(world)).toEqual([]);
}, 90_000);

test('what left the machine is not readable, says its key, and a kept copy is proven by opening it', async () => {
  const object = readFileSync(objectFile());
  expect(object.subarray(0, 8).toString()).toBe('PLBKDUMP');
  expect(object.includes('plumbline-logical-1')).toBe(false);
  const [key] = (await dumpKeys(world.web)).items;
  expect(key).toMatchObject({ uploads: 1, escrow: null });
  expect(object.toString('hex', 12, 28)).toBe(key?.keyId);
  const wrong = `${copy.slice(0, 8)}${copy[8] === '0' ? '1' : '0'}${copy.slice(9)}`;
  await expect(proveEscrow(world.web, startActor, keyRow, wrong, meta)).rejects.toThrow(
    'A character of it is wrong',
  );
  const { testId } = await proveEscrow(world.web, startActor, keyRow, copy.toLowerCase(), meta);
  await until(async () => (await dumpKeys(world.web)).items[0]?.escrow !== null, 'the copy is proven');
  expect((await dumpKeys(world.web)).items[0]?.escrow).toMatchObject({
    by: startActor.name,
    storage: 'off-site',
  });
  const test = await world.db
    .selectFrom('storage_tests')
    .selectAll()
    .where('id', '=', testId)
    .executeTakeFirstOrThrow();
  expect(test).toMatchObject({ ok: true, sealed: null });
  expect(JSON.stringify(test)).not.toContain(copy);
});

test('a dump whose files are gone comes back from the storage as it was, ready for a drill', async () => {
  const folder = await pathOf();
  const there = (await plan('fetch-backup', { backupId })).document;
  expect(there?.blockers[0]?.message).toContain('It is here already');
  rmSync(folder, { recursive: true });
  await world.db.updateTable('backups').set({ state: 'missing' }).where('id', '=', backupId).execute();
  expect(await run('fetch-backup', { backupId })).toMatchObject({ state: 'succeeded', error: null });
  const manifest = await readManifest(folder);
  const check = await checkFiles(folder, manifest, new AbortController().signal, () => {});
  expect(check).toMatchObject({ verdict: 'pass' });
  expect(await pathOf()).toBe(folder);
  const drill = (await plan('restore-drill', { backupId })).document;
  expect([drill?.blockers, drill?.warnings]).toEqual([[], []]);
});

test('a dump is drilled from its storage with the typed copy of its key alone, and that proves the copy', async () => {
  const { db, web, clusterId } = world;
  // The console has lost its own: only what is typed can open anything.
  const kept = await db.selectFrom('sealed_secrets').selectAll().where('subject_id', '=', keyRow).execute();
  await db.deleteFrom('sealed_secrets').where('subject_id', '=', keyRow).execute();
  await db.updateTable('dump_keys').set({ escrow_proven_at: null, escrow_proof: null }).execute();
  const ask = (keptKey: string) => {
    const wanted = { kind: 'dump-escrow-drill', clusterId, input: { backupId, jobs: 1 } };
    return planJob(web, startActor, { ...wanted, typed: { keptKey } }, meta);
  };
  await expect(ask(newKeyCopy())).rejects.toMatchObject({
    code: 'bad-input',
    fields: { keptKey: 'This is the copy of another key.' },
  });
  const { id: planId } = await ask(copy.toLowerCase());
  await until(async () => (await findPlan(db, planId))?.state === 'ready', 'the plan is ready');
  const ready = await findPlan(db, planId);
  expect(ready?.document?.blockers).toEqual([]);
  const { id: runId } = await startRun(web, startActor, { planId, planHash: ready?.hash ?? '' }, meta);
  expect(await world.until(runId, over, 90_000)).toBe('succeeded');
  const evidence = await db.selectFrom('evidence').selectAll().where('run_id', '=', runId).execute();
  expect(evidence.map(({ type, verdict }) => [type, verdict]).sort()).toEqual([
    ['drill', 'pass'],
    ['escrow', 'pass'],
  ]);
  expect((await dumpKeys(web)).items[0]?.escrow).toMatchObject({ by: startActor.name, runId });
  const typed = await db.selectFrom('typed_copies').selectAll().where('plan_id', '=', planId).execute();
  expect(typed).toMatchObject([{ sealed: null, gone_why: 'Its run has ended.' }]);
  const said = await db.selectFrom('run_log').select('text').where('run_id', '=', runId).execute();
  expect(JSON.stringify([said, evidence, ready]).toLowerCase()).not.toContain(
    copy.toLowerCase().slice(6, 40),
  );
  expect(leftovers(world)).toEqual([]);
  await db.insertInto('sealed_secrets').values(kept).execute();
}, 120_000);

test('a flipped bit is found by name: in a file of the dump before it leaves, in the object before a byte is used', async () => {
  const folder = await pathOf();
  const dump = path.join(folder, 'dump');
  const name = readdirSync(dump).find((file) => file.endsWith('.dat.gz')) ?? '';
  const file = path.join(dump, name);
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9);
  writeFileSync(file, bytes);
  const local = await run('upload-backup', { backupId, partMib: 5 });
  expect(local.error?.message).toContain(`dump/${name} is not what was written`);

  const object = readFileSync(objectFile());
  const at = 10.5 * 1024 * 1024;
  object.writeUInt8(object.readUInt8(at) ^ 1, at);
  writeFileSync(objectFile(), object);
  rmSync(folder, { recursive: true });
  const fetched = await run('fetch-backup', { backupId });
  expect(fetched.state).toBe('failed');
  expect(fetched.error?.message).toMatch(/Part 3 of 3 of plumbline-dumps\/.*cannot be trusted/);
  expect(existsSync(folder)).toBe(false);
  expect(readdirSync(path.dirname(folder)).filter((each) => each.includes('partial'))).toEqual([]);
  // Cut off at a part's end: every byte of it is right, and it is refused all the same.
  object.writeUInt8(object.readUInt8(at) ^ 1, at);
  writeFileSync(objectFile(), object.subarray(0, 5 * 1024 * 1024));
  expect((await run('fetch-backup', { backupId })).error?.message).toContain('cannot be trusted');
  writeFileSync(objectFile(), object);
  expect(await run('fetch-backup', { backupId })).toMatchObject({ state: 'succeeded' });
});

test('an expired dump takes its uploaded copy along', async () => {
  const old = new Date(Date.now() - 900 * 86_400_000);
  const {
    instance_id: _,
    facts,
    ...row
  } = await world.db.selectFrom('backups').selectAll().where('id', '=', backupId).executeTakeFirstOrThrow();
  const runId = newId();
  const newer = { ...row, id: runId, facts: JSON.stringify(facts) };
  await world.db.insertInto('backups').values(newer).execute();
  await world.db
    .updateTable('backups')
    .set({ finished_at: old, started_at: old })
    .where('id', '=', backupId)
    .execute();
  await world.db.deleteFrom('evidence').execute();
  await world.db
    .insertInto('retention_policies')
    .values({
      cluster_id: world.clusterId,
      updated_by_name: 'test',
      policy: JSON.stringify({
        logical: { daily: 1, monthly: 0, yearly: 0 },
        physical: { weeklyFulls: 1, dailyDiffs: 0, walDays: 1 },
        zone: 'UTC',
      }),
    })
    .execute();
  expect(existsSync(objectFile())).toBe(true);
  expect(await run('expire-backups')).toMatchObject({ state: 'succeeded', error: null });
  expect([existsSync(objectFile()), (await uploads()).length]).toEqual([false, 0]);
  const left = await world.db.selectFrom('backups').select('id').where('state', '=', 'ready').execute();
  expect(left.map(({ id }) => id)).toEqual([runId]);
});
