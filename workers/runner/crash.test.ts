import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineSteps } from '@/lib/testing/engine-kinds';
import { type EngineWorld, engineWorld, leftovers } from '@/lib/testing/engine-world';
import { startRedis, type TestRedis } from '@/lib/testing/redis';
import type { RunningTool } from '@/lib/tools/process';
import { groupMembers } from '@/lib/tools/process-groups';

/** Every place where a worker can be lost: after the claim, around each step's effect, and around the end. */
const everywhere = [
  'claimed',
  ...engineSteps.flatMap((step) => [`step-begun:${step}`, `step-effect:${step}`, `step-done:${step}`]),
  'before-finish',
  'finished',
];

let world: EngineWorld;
let redis: TestRedis;

beforeAll(async () => {
  [world, redis] = await Promise.all([engineWorld(), startRedis()]);
});
afterAll(async () => {
  await world.stop();
  await redis.stop();
});

/** Kills one worker process at a failpoint; another of the same name carries on. */
async function killAt(failpoint: string, planId: string, redisUrl?: string): Promise<void> {
  const name = failpoint.replace(':', '-');
  const doomed: RunningTool = await world.startProcess({ name, redisUrl }, failpoint);
  const runId = await world.start(planId, name);
  expect((await doomed.exited).exitSignal, failpoint).toBe('SIGKILL');
  const heir = await world.startWorker({ name, redisUrl });
  const state = await world.until(runId, ['succeeded', 'needs-decision', 'failed']);
  // A step that must happen once had begun, and nobody can know: that is the only case that asks.
  const isUnknowable = failpoint === 'step-begun:charge' || failpoint === 'step-effect:charge';
  expect(state, failpoint).toBe(isUnknowable ? 'needs-decision' : 'succeeded');
  expect(world.effects(runId, 'charge').length, failpoint).toBe(failpoint === 'step-begun:charge' ? 0 : 1);
  expect(world.effects(runId, 'publish'), failpoint).toHaveLength(1);
  await heir.reconcile();
  expect(leftovers(world, name), failpoint).toEqual([]);
  expect(groupMembers(doomed.groupId), failpoint).toEqual([]);
  await heir.stop(1_000);
}

async function killEverywhere(failpoints: readonly string[], redisUrl?: string): Promise<void> {
  const planner = await world.startWorker({ name: 'planner' });
  const planId = await world.plan('every-safety');
  await planner.stop(1_000);
  const waiting = [...failpoints];
  const hand = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await killAt(next, planId, redisUrl);
  };
  await Promise.all([hand(), hand(), hand(), hand()]);
}

test('kill -9 at every write boundary, without Redis', () => killEverywhere(everywhere), 300_000);

// Redis only wakes: the boundaries around the claim and the unrepeatable effect stand for the rest.
const withRedis = ['claimed', 'step-begun:charge', 'step-effect:publish', 'step-effect:charge', 'finished'];
test('kill -9 with Redis', () =>
  killEverywhere(process.env.PLUMBLINE_TEST_MORE ? everywhere : withRedis, redis.url));
