import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import type { AnyJob } from '@/lib/engine/define-job';
import { insertWord, type NewWord } from '@/lib/store/approvals';
import { findPlan } from '@/lib/store/plans';
import { insertUser } from '@/lib/store/users';
import { engineKinds } from '@/lib/testing/engine-kinds';
import { type EngineWorld, engineWorld } from '@/lib/testing/engine-world';
import type { RunningWorker } from '@/workers/worker';

const kind = 'two-people';
const twoPeople = { ...engineKinds['every-safety'], twoPeople: true } as AnyJob;

let world: EngineWorld;
let worker: RunningWorker;
let bob: string;

beforeAll(async () => {
  world = await engineWorld({ [kind]: twoPeople });
  worker = await world.startWorker();
  const someone = { role: 'dba' as const, passwordHash: 'none', mustChangePassword: false };
  bob = (await insertUser(world.web, { email: 'bob@example.org', name: 'Bob', ...someone })) ?? '';
});
afterAll(async () => {
  await worker.stop();
  await world.stop();
});

/** A plan by somebody, and a run of it with the word that `change` makes; none without it. */
async function runWith(change?: Partial<NewWord>, input = {}, between?: () => void) {
  const planId = await world.plan(kind, input);
  const plan = await findPlan(world.db, planId);
  // Nobody takes it before the word is there.
  const runId = await world.start(planId, 'nobody');
  if (change) {
    const word = { kind: 'approval', planHash: plan?.hash ?? '', byId: bob, byName: 'Bob' } as const;
    await insertWord(world.web, { planId, ...word, reason: '', minutes: 60, runId, ...change });
  }
  between?.();
  await world.db.updateTable('runs').set({ worker_name: 'w' }).where('id', '=', runId).execute();
  worker.runner.offer(runId);
  const state = await world.until(runId, ['succeeded', 'failed']);
  const run = await world.db.selectFrom('runs').select('error').where('id', '=', runId).executeTakeFirst();
  return { planId, runId, state, message: run?.error?.message ?? '', begun: world.effects(runId, 'look') };
}

test('F25: the row of a run starts nothing by itself: not without a word, nor with one that is not for it', async () => {
  const wrong: [Partial<NewWord> | undefined, string][] = [
    [undefined, 'Nobody approved'],
    [{ planHash: 'another' }, 'another plan'],
    [{ minutes: -1 }, 'expired'],
    [{ byId: newId() }, 'no person'],
    [{ byId: null }, 'no person'],
    [{ kind: 'request' }, 'cannot be its second person'],
  ];
  for (const [change, why] of wrong) {
    const { state, message, begun } = await runWith(change);
    expect({ state, begun }).toEqual({ state: 'failed', begun: [] });
    expect(message).toContain(why);
  }
  const good = await runWith({});
  expect(good).toMatchObject({ state: 'succeeded', begun: [1] });
});

test('F25: what is different at the start makes the approval void, and nothing is done', async () => {
  const planFile = `${world.effectsFile}.plan`;
  writeFileSync(planFile, 'select 1');
  const { state, begun, planId } = await runWith({}, { planFile }, () => writeFileSync(planFile, 'select 2'));
  expect({ state, begun }).toEqual({ state: 'failed', begun: [] });
  const words = await world.db
    .selectFrom('plan_approvals')
    .select(['void_at', 'void_why'])
    .where('plan_id', '=', planId)
    .execute();
  expect(words).toMatchObject([
    { void_at: expect.any(String), void_why: expect.stringContaining('see plan') },
  ]);
});

test('who was switched off since cannot have approved, and an operator breaks no glass', async () => {
  const set = (change: object) => world.db.updateTable('users').set(change).where('id', '=', bob).execute();
  await set({ role: 'operator' });
  expect((await runWith({ kind: 'break-glass' })).message).toContain('may not do this alone');
  expect((await runWith({})).message).toContain('may not approve');
  await set({ role: 'dba' });
  expect((await runWith({ kind: 'break-glass' })).state).toBe('succeeded');
  await set({ disabled_at: new Date() });
  expect((await runWith({})).message).toContain('no person');
});
