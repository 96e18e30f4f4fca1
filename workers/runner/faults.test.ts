import { readFileSync } from 'node:fs';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { redisQueueName } from '@/lib/queue/queue-link';
import { queueOfWorker } from '@/lib/store/outbox';
import { stepsOfRun } from '@/lib/store/run-steps';
import { setCancel } from '@/lib/store/runs';
import { type EngineWorld, engineWorld, eventually, leftovers } from '@/lib/testing/engine-world';
import { startRedis, type TestRedis } from '@/lib/testing/redis';
import { childrenOf, groupMembers, sendSignal } from '@/lib/tools/process-groups';

let world: EngineWorld;
let redis: TestRedis;
/** Made before the tests, so that none of their workers plans for another one. */
let plans: Record<'quick' | 'locked' | 'slow' | 'some' | 'long', string>;

beforeAll(async () => {
  [world, redis] = await Promise.all([engineWorld(), startRedis()]);
  await world.keepCommits();
  const planner = await world.startWorker({ name: 'planner' });
  plans = {
    quick: await world.plan('every-safety'),
    locked: await world.plan('every-safety', { childSeconds: 0.5, lock: 'flushed' }),
    slow: await world.plan('every-safety', { childSeconds: 77 }),
    some: await world.plan('every-safety', { childSeconds: 4 }),
    long: await world.plan('long-child', { childSeconds: 4 }),
  };
  await planner.stop(1_000);
});
afterAll(async () => {
  await world.stop();
  await redis.stop();
});

/** Of those that must lose it: long enough for a busy machine, short enough to wait for. */
const brief = { leaseSeconds: 2, beatSeconds: 0.25 };

async function stepBegan(runId: string, name: string): Promise<void> {
  const began = async () =>
    (await stepsOfRun(world.db, runId)).some((step) => step.name === name && step.state === 'started');
  await eventually(began, `${name} of ${runId} has begun`);
}

/** The long child of a step, under this worker process. */
function sleeperOf(pid: number): number | undefined {
  return childrenOf(pid).find((fact) => readFileSync(`/proc/${fact.pid}/comm`, 'utf8').trim() === 'sleep')
    ?.pid;
}

async function epochOf(runId: string): Promise<number> {
  return (await world.db.selectFrom('runs').select('epoch').where('id', '=', runId).executeTakeFirstOrThrow())
    .epoch;
}

describe.concurrent('a worker, while its console database stands', () => {
  test('FLUSHALL in the middle loses nothing', async () => {
    const own = await startRedis();
    const worker = await world.startWorker({ name: 'flushed', redisUrl: own.url });
    const client = new Redis(own.url);
    const start = () => world.start(plans.locked, 'flushed');
    const [running, waiting] = [await start(), await start()];
    await eventually(async () => (await stepsOfRun(world.db, running)).length > 0, 'the first has begun');
    await client.flushall();
    const late = await start();
    await client.flushall();
    for (const runId of [running, waiting, late]) {
      expect(await world.until(runId, ['succeeded', 'failed'])).toBe('succeeded');
      expect(world.effects(runId, 'charge')).toHaveLength(1);
    }
    client.disconnect();
    await worker.stop(1_000);
    await own.stop();
  });

  test('F3: Redis that is away from the start, comes and goes, is not needed', async () => {
    const own = await startRedis();
    await own.kill();
    const worker = await world.startWorker({ name: 'alone', redisUrl: own.url });
    const start = () => world.start(plans.quick, 'alone');
    expect(await world.until(await start(), ['succeeded', 'failed'])).toBe('succeeded');
    const wakeUp = async () => {
      const row = await world.db
        .selectFrom('workers')
        .select('facts')
        .where('id', '=', worker.id)
        .executeTakeFirstOrThrow();
      return row.facts.wakeUp;
    };
    expect(await wakeUp()).toBe('redis-lost');
    await own.restart();
    await eventually(async () => (await wakeUp()) === 'redis', 'Redis is found');
    expect(await world.until(await start(), ['succeeded', 'failed'])).toBe('succeeded');
    await own.kill();
    expect(await world.until(await start(), ['succeeded', 'failed'])).toBe('succeeded');
    await worker.stop(1_000);
    await own.stop();
  });

  test('a forged job in Redis is refused', async () => {
    const worker = await world.startWorker({ name: 'forged', redisUrl: redis.url, reconcileSeconds: 30 });
    const client = new Redis(redis.url, { maxRetriesPerRequest: null });
    const queue = new Queue(redisQueueName(queueOfWorker('forged')), { connection: client });
    const ended = await world.start(plans.quick, 'forged');
    await world.until(ended, ['succeeded']);
    const events = () => world.db.selectFrom('run_events').select('id').where('run_id', '=', ended).execute();
    const before = await events();
    const forged = [
      { topic: 'run', id: newId() },
      { topic: 'run', id: plans.quick },
      { topic: 'run', id: ended },
      { topic: 'run', id: ended, sql: 'drop table clusters', state: 'queued' },
      { rm: '-rf' },
    ];
    const added = await Promise.all(forged.map((data) => queue.add('run', data)));
    // The run's own wake-up is not counted: a NOTIFY may have been faster than Redis.
    await eventually(async () => {
      const states = await Promise.all(added.map((job) => job.getState()));
      return states.every((state) => state === 'completed');
    }, 'all forged jobs were taken');
    expect(await queue.getFailed()).toEqual([]);
    expect(world.effects(ended, 'charge')).toHaveLength(1);
    expect(await events()).toEqual(before);
    await queue.close();
    client.disconnect();
    await worker.stop(1_000);
  });

  test('a worker that is stopped past its lease loses run and child, and cannot write when it goes on', async () => {
    const zombie = await world.startProcess({ name: 'zombie', ...brief });
    const runId = await world.start(plans.slow, 'zombie');
    await stepBegan(runId, 'wait');
    await eventually(() => sleeperOf(zombie.pid) !== undefined, 'the child');
    const child = sleeperOf(zombie.pid) ?? 0;
    sendSignal(zombie.pid, 'SIGSTOP');
    // Nobody else is there yet: the guard alone ends the child, before the lease is over.
    await eventually(() => groupMembers(child).length === 0, 'the child is ended', 8_000);
    const heir = await world.startWorker({ name: 'zombie', ...brief });
    await eventually(async () => (await epochOf(runId)) === 2, 'another has taken the run');
    sendSignal(zombie.pid, 'SIGCONT');
    await world.web
      .updateTable('runs')
      .set({ cancel_requested_at: new Date(), cancel_requested_by: 'test' })
      .where('id', '=', runId)
      .execute();
    await world.until(runId, ['cancelled']);
    expect(world.effects(runId, 'cleaned')).toEqual([2]);
    const events = await world.db
      .selectFrom('run_events')
      .select(['event', 'epoch'])
      .where('run_id', '=', runId)
      .execute();
    const after = events.findIndex(({ epoch }) => epoch === 2);
    expect(events.slice(after).every(({ epoch }) => epoch === 2)).toBe(true);
    // The one that was stopped is well again and may take other runs.
    await heir.stop(1_000);
    expect(await world.until(await world.start(plans.quick, 'zombie'), ['succeeded'])).toBe('succeeded');
    await zombie.stop(5_000);
    expect(leftovers(world, 'zombie')).toEqual([]);
  });

  test('F6: worker and guard are killed at once, as by a reboot: the next worker ends the child and removes the directory', async () => {
    const lost = await world.startProcess({ name: 'lost' });
    const runId = await world.start(plans.slow, 'lost');
    await stepBegan(runId, 'wait');
    await eventually(() => sleeperOf(lost.pid) !== undefined, 'the child');
    const child = sleeperOf(lost.pid) ?? 0;
    for (const { pid } of childrenOf(lost.pid)) if (pid !== child) sendSignal(pid, 'SIGKILL');
    sendSignal(lost.pid, 'SIGKILL');
    await lost.exited;
    expect(groupMembers(child)).toHaveLength(1);
    const heir = await world.startWorker({ name: 'lost' });
    await eventually(async () => (await epochOf(runId)) === 2, 'it is taken over');
    await eventually(() => groupMembers(child).length === 0, 'the child of the first epoch is ended');
    await world.web.transaction().execute((trx) => setCancel(trx, runId, 'test'));
    expect(await world.until(runId, ['cancelled', 'failed'])).toBe('cancelled');
    await heir.stop(1_000);
    expect(leftovers(world, 'lost')).toEqual([]);
  });

  test('two workers race for each run, and one gets it', async () => {
    const settings = { name: 'racers', redisUrl: redis.url };
    const [a, b] = await Promise.all([world.startWorker(settings), world.startWorker(settings)]);
    const runs = await Promise.all(Array.from({ length: 6 }, () => world.start(plans.quick, 'racers')));
    for (const runId of runs) for (const worker of [a, b]) worker.runner.offer(runId);
    for (const runId of runs) {
      expect(await world.until(runId, ['succeeded', 'failed', 'needs-decision'])).toBe('succeeded');
      expect(world.effects(runId, 'charge')).toEqual([1]);
    }
    await Promise.all([a.stop(1_000), b.stop(1_000)]);
  });

  test('a worker told to end gives its run back, and another goes on', async () => {
    const leaving = await world.startProcess({ name: 'leaving' });
    const runId = await world.start(plans.some, 'leaving');
    await stepBegan(runId, 'wait');
    sendSignal(leaving.pid, 'SIGTERM');
    expect((await leaving.exited).exitCode).toBe(0);
    expect(await world.state(runId)).toBe('queued');
    const heir = await world.startWorker({ name: 'leaving' });
    expect(await world.until(runId, ['succeeded'])).toBe('succeeded');
    await heir.stop(1_000);
  });
});

test('F4: the console database restarts under a long child: it goes on and its result is kept', async () => {
  const worker = await world.startWorker({ name: 'long', ...brief });
  const runId = await world.start(plans.long, 'long');
  await stepBegan(runId, 'restore');
  await eventually(() => world.effects(runId, 'began').length === 1, 'the child is there');
  await world.console.server.kill();
  // Longer than the lease: nobody could renew it meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 2_200));
  await world.console.server.restart();
  expect(await world.until(runId, ['succeeded', 'failed', 'needs-decision'])).toBe('succeeded');
  expect(world.effects(runId, 'restore')).toEqual([1]);
  await worker.stop(1_000);
});

test('the console database is away under a step that must not outlive its lease: its child is ended', async () => {
  const worker = await world.startWorker({ name: 'fenced', ...brief });
  const runId = await world.start(plans.slow, 'fenced');
  await stepBegan(runId, 'wait');
  await eventually(() => sleeperOf(process.pid) !== undefined, 'the child');
  await world.console.server.kill();
  await eventually(
    () => sleeperOf(process.pid) === undefined,
    'the child is ended while nobody can renew',
    8_000,
  );
  await world.console.server.restart();
  await eventually(async () => (await epochOf(runId)) === 2, 'it is taken again');
  await world.web.transaction().execute((trx) => setCancel(trx, runId, 'test'));
  expect(await world.until(runId, ['succeeded', 'failed', 'needs-decision', 'cancelled'])).toBe('cancelled');
  expect(world.effects(runId, 'charge')).toEqual([]);
  await worker.stop(1_000);
  expect(leftovers(world, 'fenced')).toEqual([]);
});
