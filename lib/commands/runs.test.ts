import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Actor } from '@/lib/auth/actor';
import { newId } from '@/lib/base/ids';
import { planJob } from '@/lib/commands/plans';
import { cancelRun, decideRun, startRun } from '@/lib/commands/runs';
import { addSchedule, changeSchedule } from '@/lib/commands/schedules';
import { plan } from '@/lib/queries/plans';
import { run as readRun, runs } from '@/lib/queries/runs';
import { schedule } from '@/lib/queries/schedules';
import { catalogue } from '@/lib/registry/descriptors';
import { openStore, type Store } from '@/lib/store/db';
import { type ConsoleDatabase, consoleDatabase } from '@/lib/testing/console-database';

let database: ConsoleDatabase;
let owner: ReturnType<typeof openStore>;
let web: ReturnType<typeof openStore>;
let db: Store;
let clusterId: string;
const clusterName = '<b>Ünïcode "cluster"</b>';

const actorOf = (role: Actor['role']): Actor => ({
  kind: 'user',
  id: newId(),
  name: role,
  role,
  mustChangePassword: false,
});
const dba = actorOf('dba');
const meta = { requestId: newId() };
const low = catalogue.jobs.find((job) => job.risk === 'low');
const high = catalogue.jobs.find((job) => job.risk === 'high');
const dbaOnly = catalogue.jobs.find((job) => job.permission === 'maintain');

beforeAll(async () => {
  database = await consoleDatabase();
  owner = openStore(database.ownerUrl, { applicationName: 'test' });
  web = openStore(database.webUrl, { applicationName: 'test web' });
  db = web.db;
});
afterAll(async () => {
  await Promise.all([owner.close(), web.close()]);
  await database.drop();
});
beforeEach(async () => {
  clusterId = newId();
  await owner.db.updateTable('clusters').set({ removed_at: new Date() }).execute();
  await owner.db.insertInto('clusters').values({ id: clusterId, name: clusterName }).execute();
});

async function readyPlan(kind: string, change: { blockers?: { message: string; next: string }[] } = {}) {
  const id = newId();
  const input = JSON.stringify({ database: 'shop' });
  await owner.db
    .insertInto('plan_requests')
    .values({ id, kind, cluster_id: clusterId, input, requested_by_name: 'test' })
    .execute();
  const document = {
    summary: 'Do it',
    acts: [],
    params: {},
    warnings: [],
    blockers: change.blockers ?? [],
    estimates: [],
    lockKeys: ['one'],
    pastDurations: [],
  };
  const version = catalogue.jobs.find((job) => job.id === kind)?.version ?? 0;
  await owner.db
    .insertInto('plans')
    .values({
      id,
      kind,
      cluster_id: clusterId,
      definition_version: version,
      state: 'ready',
      hash: 'abc',
      worker_name: 'w',
      document: JSON.stringify(document),
    })
    .execute();
  return id;
}

const countOf = async (table: 'runs' | 'outbox' | 'audit_log') =>
  (await owner.db.selectFrom(table).select('id').execute()).length;

test('starting writes run, audit entry and wake-up together, and the same key gives the same run', async () => {
  const planId = await readyPlan(low?.id ?? '');
  const before = await Promise.all([countOf('runs'), countOf('outbox'), countOf('audit_log')]);
  const start = (key?: string) =>
    startRun(db, dba, { planId, planHash: 'abc' }, { ...meta, idempotencyKey: key });
  const [first, again] = await Promise.all([start('one-key-of-mine'), start('one-key-of-mine')]);
  expect(first?.id).toBe(again?.id);
  const after = await Promise.all([countOf('runs'), countOf('outbox'), countOf('audit_log')]);
  expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([1, 1, 1]);
  const shown = await readRun(db, dba, first?.id ?? '');
  expect(shown.cluster.name).toBe(clusterName);
  expect(shown.steps.every((step) => step.state === 'pending')).toBe(true);
  const { items } = await runs(db, { clusterId, limit: 10 });
  expect(items.map((item) => item.id)).toEqual([first?.id]);
  const other = await readyPlan(low?.id ?? '');
  await expect(
    startRun(db, dba, { planId: other, planHash: 'abc' }, { ...meta, idempotencyKey: 'one-key-of-mine' }),
  ).rejects.toMatchObject({ code: 'conflict' });
});

test('what was not reviewed, is blocked, or is not allowed does not start', async () => {
  const kind = low?.id ?? '';
  const planId = await readyPlan(kind);
  const refused = async (promise: Promise<unknown>, code: string) =>
    expect(promise).rejects.toMatchObject({ code });
  await refused(startRun(db, dba, { planId, planHash: 'other' }, meta), 'conflict');
  await refused(startRun(db, dba, { planId: newId(), planHash: 'abc' }, meta), 'not-found');
  await refused(startRun(db, actorOf('viewer'), { planId, planHash: 'abc' }, meta), 'not-allowed');
  const maintain = await readyPlan(dbaOnly?.id ?? '');
  await refused(
    startRun(db, actorOf('operator'), { planId: maintain, planHash: 'abc' }, meta),
    'not-allowed',
  );
  const blocked = await readyPlan(kind, { blockers: [{ message: 'No space.', next: 'Make room.' }] });
  await refused(startRun(db, dba, { planId: blocked, planHash: 'abc' }, meta), 'conflict');
  expect((await plan(db, actorOf('viewer'), planId)).refusal?.message).toContain('needs the role');
});

test('a high risk asks for the name, typed', async () => {
  const planId = await readyPlan(high?.id ?? '');
  expect((await plan(db, dba, planId)).confirmName).toBe(clusterName);
  const start = (confirm?: string) => startRun(db, dba, { planId, planHash: 'abc', confirm }, meta);
  await expect(start()).rejects.toMatchObject({ code: 'bad-input', fields: { confirm: expect.any(String) } });
  await expect(start('cluster')).rejects.toMatchObject({ code: 'bad-input' });
  expect((await start(clusterName)).isNew).toBe(true);
});

test('a run is cancelled once, and a decision is made once', async () => {
  const planId = await readyPlan(low?.id ?? '');
  const { id } = await startRun(db, dba, { planId, planHash: 'abc' }, meta);
  await cancelRun(db, actorOf('operator'), id, meta);
  await cancelRun(db, actorOf('operator'), id, meta);
  const cancels = await owner.db
    .selectFrom('audit_log')
    .select('id')
    .where('action', '=', 'run.cancel')
    .where('subject_id', '=', id)
    .execute();
  expect(cancels).toHaveLength(1);
  await expect(decideRun(db, dba, id, 'repeat', meta)).rejects.toMatchObject({ code: 'conflict' });
  await owner.db.updateTable('runs').set({ state: 'needs-decision' }).where('id', '=', id).execute();
  await expect(cancelRun(db, dba, id, meta)).rejects.toMatchObject({ code: 'conflict' });
  await expect(decideRun(db, actorOf('viewer'), id, 'done', meta)).rejects.toMatchObject({
    code: 'not-allowed',
  });
  await decideRun(db, dba, id, 'done', meta);
  await expect(decideRun(db, dba, id, 'repeat', meta)).rejects.toMatchObject({ code: 'conflict' });
  await owner.db.updateTable('runs').set({ state: 'succeeded' }).where('id', '=', id).execute();
  await expect(cancelRun(db, dba, id, meta)).rejects.toMatchObject({ code: 'conflict' });
});

test('a plan is asked for within rights and for what exists', async () => {
  const kind = low?.id ?? '';
  const { id } = await planJob(db, dba, { kind, clusterId, input: { database: 'shop' } }, meta);
  expect((await plan(db, dba, id)).state).toBe('waiting');
  const refused = (promise: Promise<unknown>, code: string) =>
    expect(promise).rejects.toMatchObject({ code });
  await refused(planJob(db, dba, { kind: 'no-such-kind', clusterId, input: {} }, meta), 'not-found');
  await refused(planJob(db, dba, { kind: '__proto__', clusterId, input: {} }, meta), 'not-found');
  await refused(planJob(db, dba, { kind, clusterId: newId(), input: {} }, meta), 'not-found');
  await refused(planJob(db, dba, { kind, clusterId, instanceId: newId(), input: {} }, meta), 'not-found');
  await refused(planJob(db, actorOf('viewer'), { kind, clusterId, input: {} }, meta), 'not-allowed');
  await refused(planJob(db, dba, { undoOf: newId() }, meta), 'not-found');
});

test('a schedule is approved with its version, and approved again when the kind has changed', async () => {
  const kind = 'logical-backup';
  const wanted = { clusterId, kind, input: { database: 'shop' }, cron: '30 2 * * *', zone: 'Europe/Vienna' };
  const add = (change: object = {}, actor = dba) =>
    addSchedule(db, actor, { ...wanted, missed: 'run-once', ...change }, meta);
  await expect(add({}, actorOf('operator'))).rejects.toMatchObject({ code: 'not-allowed' });
  await expect(add({ cron: 'soon' })).rejects.toMatchObject({ fields: { cron: expect.any(String) } });
  await expect(add({ zone: 'Nowhere' })).rejects.toMatchObject({ fields: { zone: expect.any(String) } });
  await expect(add({ input: { database: 7 } })).rejects.toMatchObject({ code: 'bad-input' });
  const { id } = await add();
  await owner.db.updateTable('schedules').set({ definition_version: 0 }).where('id', '=', id).execute();
  await changeSchedule(db, dba, id, { approve: true, enabled: false }, meta);
  const shown = await schedule(db, dba, id);
  expect(shown.definitionVersion).toBe(shown.currentVersion);
  expect(shown.nextFires).toEqual([]);
  await changeSchedule(db, dba, id, { enabled: true }, meta);
  expect((await schedule(db, dba, id)).nextFires).toHaveLength(5);
});
