import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Actor } from '@/lib/auth/actor';
import { newId } from '@/lib/base/ids';
import { reviewGlass, sayOnPlan } from '@/lib/commands/approvals';
import { startRun } from '@/lib/commands/runs';
import { approvals } from '@/lib/queries/approvals';
import { plan as readPlan } from '@/lib/queries/plans';
import { catalogue } from '@/lib/registry/descriptors';
import { openStore, type Store } from '@/lib/store/db';
import { type ConsoleDatabase, consoleDatabase } from '@/lib/testing/console-database';

let database: ConsoleDatabase;
let owner: ReturnType<typeof openStore>;
let web: ReturnType<typeof openStore>;
let db: Store;
let clusterId: string;
const clusterName = 'shop';
const meta = { requestId: newId() };
const reason = 'orders are gone since noon';

const person = (name: string, role: Actor['role'] = 'dba'): Actor => ({
  kind: 'user',
  id: newId(),
  name,
  role,
  mustChangePassword: false,
});
const ada = person('Ada');
const bob = person('Bob');
const token: Actor = { ...ada, kind: 'token', tokenId: newId() };

// Any kind of a high risk serves; that one has the mark is a matter of the catalogue.
const job = catalogue.jobs.find(({ risk }) => risk === 'high') ?? catalogue.jobs[0];
const kind = job?.id ?? '';
const wasMarked = job?.twoPeople ?? false;

beforeAll(async () => {
  database = await consoleDatabase();
  owner = openStore(database.ownerUrl, { applicationName: 'test', max: 4 });
  web = openStore(database.webUrl, { applicationName: 'test web', max: 4 });
  db = web.db;
  if (job) job.twoPeople = true;
});
afterAll(async () => {
  if (job) job.twoPeople = wasMarked;
  await Promise.all([owner.close(), web.close()]);
  await database.drop();
});
beforeEach(async () => {
  clusterId = newId();
  await owner.db.updateTable('clusters').set({ removed_at: new Date() }).execute();
  await owner.db.insertInto('clusters').values({ id: clusterId, name: clusterName }).execute();
});

async function readyPlan(hash = 'abc', by: Actor = ada): Promise<string> {
  const id = newId();
  const place = { id, kind, cluster_id: clusterId };
  await owner.db
    .insertInto('plan_requests')
    .values({ ...place, input: '{}', requested_by: by.id, requested_by_name: by.name })
    .execute();
  const empty = { acts: [], params: {}, warnings: [], blockers: [], estimates: [], lockKeys: [] };
  const document = JSON.stringify({ summary: 'Do it', ...empty, pastDurations: [] });
  const made = { definition_version: job?.version ?? 0, state: 'ready' as const, hash, worker_name: 'w' };
  await owner.db
    .insertInto('plans')
    .values({ ...place, ...made, document })
    .execute();
  return id;
}

const start = (planId: string, actor: Actor = ada, change: object = {}) =>
  startRun(
    db,
    actor,
    { planId, planHash: 'abc', confirm: clusterName, reason, ...change },
    { ...meta, idempotencyKey: newId() },
  );
const approve = (planId: string, actor: Actor = bob, planHash = 'abc') =>
  sayOnPlan(db, actor, planId, { kind: 'approval', planHash, reason: '' }, meta);
const refused = (promise: Promise<unknown>, code: string) => expect(promise).rejects.toMatchObject({ code });
const stateOf = async (planId: string, actor = ada) => (await readPlan(db, actor, planId)).approval?.state;

test('F25: nobody is their own second person, whether by page or by token, and a viewer is none', async () => {
  const planId = await readyPlan();
  await refused(start(planId), 'conflict');
  await refused(approve(planId, ada), 'not-allowed');
  await refused(approve(planId, token), 'not-allowed');
  await refused(approve(planId, person('Vic', 'viewer')), 'not-allowed');
  expect(await stateOf(planId)).toBe('none');
  await approve(planId);
  expect(await stateOf(planId)).toBe('approved');
  await refused(start(planId, person('Eve')), 'not-allowed');
  const { id } = await start(planId, token);
  const run = await owner.db.selectFrom('runs').select('plan_hash').where('id', '=', id).execute();
  expect(run).toEqual([{ plan_hash: 'abc' }]);
  // One approval, one run.
  await refused(start(planId), 'conflict');
  expect(await stateOf(planId)).toBe('used');
});

test('F25: an approver who changes the input has another plan, which needs another person', async () => {
  await approve(await readyPlan());
  const changed = await readyPlan('abc', bob);
  await refused(start(changed, bob), 'conflict');
  await refused(approve(changed, bob), 'not-allowed');
  await refused(approve(changed, ada, 'of what was read before'), 'conflict');
  await approve(changed, ada);
  expect((await start(changed, ada)).isNew).toBe(true);
});

test('F25: an approval that expired, or became void since the plan changed, starts nothing', async () => {
  const planId = await readyPlan();
  const { id } = await approve(planId);
  const set = (change: object) =>
    owner.db.updateTable('plan_approvals').set(change).where('id', '=', id).execute();
  await set({ expires_at: new Date(Date.now() - 1000) });
  await refused(start(planId), 'conflict');
  expect(await stateOf(planId)).toBe('expired');
  await set({ expires_at: new Date(Date.now() + 60_000), void_at: new Date() });
  await refused(start(planId), 'conflict');
  await approve(planId);
  expect((await start(planId)).isNew).toBe(true);
});

test('two starts at once share no approval', async () => {
  const planId = await readyPlan();
  await approve(planId);
  const started = await Promise.allSettled([start(planId), start(planId, bob), start(planId)]);
  expect(started.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const runs = await owner.db.selectFrom('runs').select('id').where('plan_id', '=', planId).execute();
  expect(runs).toHaveLength(1);
});

test('who asks is listed until somebody answers; a refusal says why and stands', async () => {
  const planId = await readyPlan();
  const say = (actor: Actor, word: 'request' | 'refusal', why: string) =>
    sayOnPlan(db, actor, planId, { kind: word, planHash: 'abc', reason: why }, meta);
  await refused(say(ada, 'request', ''), 'bad-input');
  await say(ada, 'request', reason);
  const listed = async (actor: Actor) =>
    (await approvals(db, actor)).waiting.filter((waiting) => waiting.planId === planId);
  expect(await listed(bob)).toMatchObject([{ reason, byName: 'Ada', isForReader: true }]);
  expect(await listed(ada)).toMatchObject([{ isForReader: false }]);
  await refused(say(bob, 'refusal', 'no'), 'bad-input');
  await say(bob, 'refusal', 'there is a newer backup');
  expect(await listed(bob)).toEqual([]);
  expect((await readPlan(db, ada, planId)).approval?.answer?.reason).toBe('there is a newer backup');
  await refused(start(planId), 'conflict');
});

test('a dba breaks the glass with a reason, once; another person reviews it', async () => {
  const planId = await readyPlan();
  const alone = { breakGlass: true };
  await refused(start(planId, person('Olga', 'operator'), alone), 'not-allowed');
  await refused(start(planId, ada, { ...alone, reason: undefined }), 'bad-input');
  await refused(start(planId, ada, { ...alone, confirm: 'shopp' }), 'bad-input');
  const { id: runId } = await start(planId, ada, alone);
  const [glass] = (await approvals(db, ada)).glass;
  expect(glass).toMatchObject({ runId, byName: 'Ada', reason, reviewedAt: null });
  const audit = await owner.db
    .selectFrom('audit_log')
    .select('details')
    .where('action', '=', 'run.break-glass')
    .where('subject_id', '=', runId)
    .execute();
  expect(audit).toMatchObject([{ details: { brokeGlass: true, reason } }]);
  await refused(reviewGlass(db, ada, glass?.id ?? '', 'it was me and it was right', meta), 'not-allowed');
  await refused(reviewGlass(db, token, glass?.id ?? '', 'it was me and it was right', meta), 'not-allowed');
  await reviewGlass(db, bob, glass?.id ?? '', 'right: the primary was gone', meta);
  await refused(reviewGlass(db, bob, glass?.id ?? '', 'right: the primary was gone', meta), 'conflict');
  expect((await approvals(db, ada)).unreviewed).toBe(0);
});

test('where people do not depend on it one person is enough, and the page says so', async () => {
  await owner.db
    .updateTable('clusters')
    .set({ environment: 'staging', is_production: false })
    .where('id', '=', clusterId)
    .execute();
  const planId = await readyPlan();
  expect((await readPlan(db, ada, planId)).approval).toMatchObject({
    isNeeded: false,
    environment: 'staging',
  });
  await refused(approve(planId), 'conflict');
  expect((await start(planId, ada, { reason: undefined })).isNew).toBe(true);
});
