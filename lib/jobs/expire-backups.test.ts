import { existsSync, mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import type { AnyJob } from '@/lib/engine/define-job';
import expireBackups from '@/lib/jobs/expire-backups';
import logicalBackup from '@/lib/jobs/logical-backup';
import restoreDrill from '@/lib/jobs/restore-drill';
import { storePolicy } from '@/lib/store/retention';
import { type EngineWorld, engineWorld, leftovers } from '@/lib/testing/engine-world';
import { runSql } from '@/lib/testing/superuser';
import type { RunningWorker } from '@/workers/worker';

const kinds = {
  'logical-backup': logicalBackup,
  'restore-drill': restoreDrill,
  'expire-backups': expireBackups,
} as unknown as Record<string, AnyJob>;
const over = ['succeeded', 'failed', 'cancelled', 'needs-decision'] as const;

let world: EngineWorld;
let worker: RunningWorker;

const planOf = async (planId: string) => {
  const { document, error } = await world.db
    .selectFrom('plans')
    .select(['document', 'error'])
    .where('id', '=', planId)
    .executeTakeFirstOrThrow();
  if (!document) throw new Error(error?.message);
  return document;
};
const plan = async (kind: string, input = {}) => {
  const id = await world.plan(kind, input);
  return { id, document: await planOf(id) };
};
const run = async (planId: string) => {
  const runId = await world.start(planId);
  return { runId, state: await world.until(runId, over, 60_000) };
};
const backup = (id: string) =>
  world.db.selectFrom('backups').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const goes = async () => {
  const { id, document } = await plan('expire-backups');
  return { id, ids: (document.params as { dumps: { id: string }[] }).dumps.map((dump) => dump.id), document };
};
const change = (id: string, values: object) =>
  world.db.updateTable('backups').set(values).where('id', '=', id).execute();

/** A real dump of the small database, made to look as old as it is said to be. */
async function dumpOf(days: number): Promise<string> {
  const { id } = await plan('logical-backup', { database: 'small', jobs: 1 });
  const { runId, state } = await run(id);
  expect(state).toBe('succeeded');
  const at = new Date(Date.now() - days * 86_400_000);
  await change(runId, { started_at: at, finished_at: at });
  return runId;
}

let newest: string;
let middle: string;
let old: string;

beforeAll(async () => {
  world = await engineWorld(kinds);
  worker = await world.startWorker({ leaseSeconds: 10 });
  await runSql(world.watched, 'postgres', ['create database small']);
  await runSql(world.watched, 'small', ['create table t as select 1 as id']);
  const policy = {
    logical: { daily: 1, monthly: 0, yearly: 0 },
    physical: { weeklyFulls: 1, dailyDiffs: 0, walDays: 1 },
    zone: 'UTC',
  };
  await storePolicy(world.db, world.clusterId, policy, 'test');
  old = await dumpOf(60);
  middle = await dumpOf(40);
  newest = await dumpOf(2);
});
afterAll(async () => {
  await worker.stop();
  await world.stop();
});

test('the plan lists what goes and writes nothing; each guard keeps its own', async () => {
  const before = await goes();
  expect(before.ids.toSorted()).toEqual([middle, old].toSorted());
  expect(before.document.acts.map(({ argv }) => argv)).toContainEqual(['rm', '-r', (await backup(old)).path]);
  expect(existsSync((await backup(old)).path)).toBe(true);

  await change(old, { pinned_at: new Date(), pinned_by_name: 'Ann', pin_reason: 'audit' });
  await change(middle, { hold_until: new Date(Date.now() + 60_000) });
  expect((await goes()).ids).toEqual([]);
  await change(middle, { hold_until: null });
  await change(newest, { has_errors: true });
  const frozen = await goes();
  expect(frozen.ids).toEqual([]);
  expect(frozen.document.warnings.join()).toContain('the newest one holds damaged pages');
  await change(newest, { has_errors: false });
  // Of another worker: ours would close it, having no such directory.
  const copy = {
    ...{
      id: newId(),
      cluster_id: world.clusterId,
      run_id: newest,
      backup_id: middle,
      worker_name: 'another',
    },
    ...{ directory: '/c', major: 15, target: '{}', mode: 'paused' as const, expires_at: new Date() },
  };
  await world.db.insertInto('copies').values(copy).execute();
  expect((await goes()).ids).toEqual([]);
  await world.db.updateTable('copies').set({ state: 'closed' }).execute();
  // A folder that is not where we keep backups, is a link, or holds another backup's manifest is never removed.
  const { path: folder } = await backup(middle);
  await change(middle, { path: '/etc' });
  expect((await goes()).document.warnings.join()).toContain('/etc is not where this worker keeps backups');
  await change(middle, { path: folder });
  renameSync(folder, `${folder}.away`);
  symlinkSync(`${folder}.away`, folder);
  expect((await goes()).document.warnings.join()).toContain('is a symbolic link');
  unlinkSync(folder);
  renameSync(`${folder}.away`, folder);
  expect((await goes()).ids).toEqual([middle]);
});

test('what is pinned between plan and removal stays, by the hash or by the last look', async () => {
  const planned = await goes();
  expect(planned.ids).toEqual([middle]);
  await change(middle, { pinned_at: new Date(), pinned_by_name: 'Ann', pin_reason: 'wait' });
  const { state, runId } = await run(planned.id);
  expect(state).toBe('failed');
  const { error } = await world.db
    .selectFrom('runs')
    .select('error')
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
  expect(error?.message).toContain('The plan changed since it was approved');
  expect(existsSync((await backup(middle)).path)).toBe(true);
  await change(middle, { pinned_at: null });
});

test('an expiry and a drill that start together never meet: either the drill keeps it or it finds it expired', async () => {
  const drill = await plan('restore-drill', { backupId: middle });
  const expiry = await goes();
  expect(expiry.ids).toEqual([middle]);
  const [drilled, expired] = await Promise.all([run(drill.id), run(expiry.id)]);
  const { state } = await backup(middle);
  const { error } = await world.db
    .selectFrom('runs')
    .select('error')
    .where('id', '=', drilled.runId)
    .executeTakeFirstOrThrow();
  if (drilled.state === 'succeeded') expect(['failed', 'succeeded']).toContain(expired.state);
  else expect(error?.message).toMatch(/The backup is expired|The plan changed/);
  // Whichever came first, a drill that ran had all its files.
  expect(drilled.state === 'succeeded' ? state : 'expired').toBe(state === 'ready' ? 'ready' : 'expired');
  if (drilled.state === 'succeeded') expect(state).toBe('ready');
});

test('it removes files and row state together, says what went, and ends what a dead run began', async () => {
  await world.db.deleteFrom('evidence').execute();
  await change(old, { pinned_at: null });
  const { path: folder } = await backup(old);
  const ready = (await backup(middle)).state === 'ready' ? [middle] : [];
  const tooLate = await plan('restore-drill', { backupId: old });
  const planned = await goes();
  expect(planned.ids.toSorted()).toEqual([...ready, old].toSorted());
  const { runId, state } = await run(planned.id);
  expect(state).toBe('succeeded');
  expect(await backup(old)).toMatchObject({ state: 'expired', gone_why: 'removed by retention' });
  expect([existsSync(folder), existsSync(`${folder}.expired`)]).toEqual([false, false]);
  expect(existsSync((await backup(newest)).path)).toBe(true);
  const evidence = await world.db
    .selectFrom('evidence')
    .select(['type', 'facts'])
    .where('run_id', '=', runId)
    .execute();
  expect(evidence).toMatchObject([{ type: 'expiry', facts: { kept: [] } }]);
  expect(JSON.stringify(evidence)).toContain(old);
  expect((await run(tooLate.id)).state).toBe('failed');
  // Its worker died when the folder was renamed and not all files were gone.
  const half = newId();
  const path_ = path.join(path.dirname(folder), half);
  mkdirSync(`${path_}.expired`);
  writeFileSync(`${path_}.expired/part`, 'x');
  const row = await backup(old);
  await world.db
    .insertInto('backups')
    .values({
      ...{ id: half, cluster_id: row.cluster_id, type: 'logical', database: 'small', path: path_ },
      ...{ worker_name: row.worker_name, bytes: 1, server_version_num: row.server_version_num },
      ...{ started_at: row.started_at, finished_at: row.finished_at, state: 'expired', method: 'dump' },
    })
    .execute();
  expect((await run((await goes()).id)).state).toBe('succeeded');
  expect(existsSync(`${path_}.expired`)).toBe(false);
  expect((await backup(half)).gone_at).not.toBeNull();
  expect((await goes()).ids).toEqual([]);
  expect(leftovers(world)).toEqual([]);
});
