import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wakeForRun } from '@/lib/store/run-ends';
import { stepsOfRun } from '@/lib/store/run-steps';
import { setCancel, setDecision } from '@/lib/store/runs';
import { type EngineWorld, engineWorld, eventually, leftovers } from '@/lib/testing/engine-world';
import type { RunningWorker } from '@/workers/worker';

let world: EngineWorld;
let worker: RunningWorker;
/** Instances that the worker was told to look at. */
const lookedAt: string[] = [];

beforeAll(async () => {
  world = await engineWorld();
  const part = () => ({ stop: async () => undefined, collectNow: (id: string) => lookedAt.push(id) });
  worker = await world.startWorker({}, { parts: [part] });
});
afterAll(async () => {
  await worker.stop(1_000);
  await world.stop();
});

test('a plan becomes a run, its steps, log, evidence and events, without Redis', async () => {
  const planId = await world.plan('every-safety', { scratchServer: true });
  const runId = await world.start(planId);
  expect(await world.until(runId, ['succeeded', 'failed'])).toBe('succeeded');
  const steps = await stepsOfRun(world.db, runId);
  expect(steps.map(({ name, state, epoch }) => [name, state, epoch])).toEqual(
    ['look', 'copy', 'wait', 'publish', 'charge', 'note'].map((name) => [name, 'done', 1]),
  );
  const log = await world.db.selectFrom('run_log').selectAll().where('run_id', '=', runId).execute();
  expect(log.map((line) => line.text)).toContain('looked with password=<redacted>');
  const evidence = await world.db.selectFrom('evidence').selectAll().where('run_id', '=', runId).execute();
  expect(evidence).toHaveLength(1);
  expect(evidence[0]?.facts.charge).toEqual({ charged: true });
  const locks = await world.db.selectFrom('run_locks').selectAll().execute();
  expect(locks).toEqual([]);
  expect(leftovers(world)).toEqual([]);
  await eventually(() => lookedAt.includes(world.instanceId), 'what it has changed is looked at');
});

test('a step that fails ends the run, and what it left is put away', async () => {
  const runId = await world.start(await world.plan('every-safety', { failAt: 'publish' }));
  await world.until(runId, ['failed']);
  expect(world.effects(runId, 'cleaned')).toEqual([1]);
  expect(world.effects(runId, 'charge')).toEqual([]);
  const run = await world.db
    .selectFrom('runs')
    .select('error')
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
  expect(run.error?.message).toBe('publish was told to fail');
});

test('a cancel ends the child of a step and the run', async () => {
  const runId = await world.start(await world.plan('every-safety', { childSeconds: 60 }));
  await eventually(
    async () => (await stepsOfRun(world.db, runId)).some(({ name }) => name === 'wait'),
    'the child',
  );
  await world.web.transaction().execute((trx) => setCancel(trx, runId, 'somebody'));
  await world.until(runId, ['cancelled'], 5_000);
  expect(world.effects(runId, 'cleaned')).toEqual([1]);
  expect(leftovers(world)).toEqual([]);
});

test('runs that share a lock wait for each other and say for whom', async () => {
  const planId = await world.plan('every-safety', { lock: 'one', childSeconds: 0.5 });
  const [first, second] = [await world.start(planId), await world.start(planId)];
  await eventually(async () => {
    const rows = await world.db
      .selectFrom('runs')
      .select('waiting_for')
      .where('id', 'in', [first, second])
      .execute();
    return rows.some((row) => row.waiting_for === first || row.waiting_for === second);
  }, 'one waits for the other');
  await world.until(first, ['succeeded']);
  await world.until(second, ['succeeded']);
});

test('a plan that has changed since its approval is not run, and the new one is stored', async () => {
  const planFile = `${world.effectsFile}.plan`;
  writeFileSync(planFile, 'drop table one');
  const planId = await world.plan('every-safety', { planFile });
  writeFileSync(planFile, 'drop table two');
  const runId = await world.start(planId);
  await world.until(runId, ['failed']);
  const run = await world.db
    .selectFrom('runs')
    .select('error')
    .where('id', '=', runId)
    .executeTakeFirstOrThrow();
  const { approvedHash, currentHash, newPlanId } = run.error?.fields ?? {};
  expect(approvedHash).not.toBe(currentHash);
  const again = await world.start(newPlanId ?? '');
  expect(await world.until(again, ['succeeded', 'failed'])).toBe('succeeded');
  expect(world.effects(runId, 'look')).toEqual([]);
});

test('input that the kind does not take fails the plan with its fields', async () => {
  const planId = await world.plan('every-safety', { childSeconds: 'long' });
  const plan = await world.db
    .selectFrom('plans')
    .selectAll()
    .where('id', '=', planId)
    .executeTakeFirstOrThrow();
  expect(plan.state).toBe('failed');
  expect(Object.keys(plan.error?.fields ?? {})).toEqual(['childSeconds']);
});

test('a stranger at the address is refused', async () => {
  await world.db.updateTable('clusters').set({ system_identifier: '42' }).execute();
  const planId = await world.plan('every-safety');
  await world.db.updateTable('clusters').set({ system_identifier: null }).execute();
  const plan = await world.db
    .selectFrom('plans')
    .selectAll()
    .where('id', '=', planId)
    .executeTakeFirstOrThrow();
  expect(plan.document?.blockers[0]?.message).toContain('is not a server of the cluster');
  expect(plan.hash).toBeNull();
});

test('a run with an undecided step goes on as a person decides', async () => {
  const planId = await world.plan('every-safety');
  for (const [decision, state, charges] of [
    ['repeat', 'succeeded', [2]],
    ['done', 'succeeded', []],
    ['stop', 'failed', []],
  ] as const) {
    const runId = await world.start(planId, 'nobody');
    await world.db
      .insertInto('run_steps')
      .values(
        ['look', 'copy', 'wait', 'publish'].map((name, ordinal) => ({
          run_id: runId,
          ordinal,
          name,
          state: 'done' as const,
          epoch: 1,
          output: '{}',
        })),
      )
      .execute();
    await world.db
      .insertInto('run_steps')
      .values({ run_id: runId, ordinal: 4, name: 'charge', state: 'undecided', epoch: 1 })
      .execute();
    await world.db
      .updateTable('runs')
      .set({ state: 'needs-decision', epoch: 1, worker_name: 'w' })
      .where('id', '=', runId)
      .execute();
    await world.web.transaction().execute(async (trx) => {
      await setDecision(trx, runId, decision);
      await wakeForRun(trx, runId);
    });
    expect(await world.until(runId, ['succeeded', 'failed'])).toBe(state);
    expect(world.effects(runId, 'charge')).toEqual(charges);
  }
});
