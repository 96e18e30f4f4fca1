import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stepsOfRun } from '@/lib/store/run-steps';
import { setCancel } from '@/lib/store/runs';
import { type EngineWorld, engineWorld, eventually, leftovers } from '@/lib/testing/engine-world';
import type { RunningTool } from '@/lib/tools/process';
import { groupMembers, readProcess, sendSignal } from '@/lib/tools/process-groups';

let world: EngineWorld;
/** Made before the tests, so that none of their workers plans for another one. */
let plans: Record<'short' | 'some' | 'long' | 'once', string>;

beforeAll(async () => {
  world = await engineWorld();
  const planner = await world.startWorker({ name: 'planner' });
  plans = {
    short: await world.plan('adoptable', { childSeconds: 0.4 }),
    some: await world.plan('adoptable', { childSeconds: 4 }),
    long: await world.plan('adoptable', { childSeconds: 77 }),
    once: await world.plan('long-child', { childSeconds: 77 }),
  };
  await planner.stop(1_000);
});
afterAll(() => world.stop());

/** Runs a plan on a worker process until its child runs. */
async function begin(
  plan: string,
  name: string,
  settings: { adoptSeconds?: number } = {},
): Promise<{ worker: RunningTool; runId: string; base: string; child: number }> {
  const worker = await world.startProcess({ name, ...settings });
  const runId = await world.start(plan, name);
  const started = () => readFileSync(`${leftovers(world, name)[0]}/started`, 'utf8').trim();
  await eventually(() => {
    try {
      return started() !== '';
    } catch {
      return false;
    }
  }, 'the child');
  return { worker, runId, base: leftovers(world, name)[0] as string, child: Number(started()) };
}

async function killed(worker: RunningTool): Promise<void> {
  sendSignal(worker.pid, 'SIGKILL');
  await worker.exited;
}

async function outputOf(runId: string): Promise<unknown> {
  return (await stepsOfRun(world.db, runId))[0]?.output;
}

async function epochOf(runId: string): Promise<number> {
  return (await world.db.selectFrom('runs').select('epoch').where('id', '=', runId).executeTakeFirstOrThrow())
    .epoch;
}

/** The supervisor of a spooled child leads its group. */
function groupOf(child: number): number {
  return readProcess(child)?.groupId ?? 0;
}

describe.concurrent('a child that may outlive its worker', () => {
  test('goes on after kill -9 and is adopted by the next worker: the same process, started once', async () => {
    const { worker, runId, child } = await begin(plans.some, 'heired');
    await killed(worker);
    const heir = await world.startWorker({ name: 'heired' });
    expect(await world.until(runId, ['succeeded', 'failed', 'needs-decision'])).toBe('succeeded');
    expect(await outputOf(runId)).toEqual({ exitCode: 3, pid: child, starts: 1 });
    expect(world.effects(runId, 'restore')).toEqual([2]);
    await heir.stop(1_000);
    expect(leftovers(world, 'heired')).toEqual([]);
  });

  test('may end while there is no worker: how it ended is read from disk', async () => {
    const { worker, runId, base, child } = await begin(plans.short, 'late');
    await killed(worker);
    const hasResult = () => readdirSync(`${base}.spool`).some((name) => name.endsWith('.result'));
    await eventually(hasResult, 'the result on disk');
    expect(existsSync(`/proc/${child}`)).toBe(false);
    const heir = await world.startWorker({ name: 'late' });
    expect(await world.until(runId, ['succeeded', 'failed', 'needs-decision'])).toBe('succeeded');
    expect(await outputOf(runId)).toEqual({ exitCode: 3, pid: child, starts: 1 });
    await heir.stop(1_000);
    expect(leftovers(world, 'late')).toEqual([]);
  });

  test('is ended by the guard when nobody adopts it in time, and started anew by the next worker', async () => {
    const { worker, runId, child } = await begin(plans.some, 'orphan', { adoptSeconds: 0.5 });
    const group = groupOf(child);
    await killed(worker);
    await eventually(() => groupMembers(group).length === 0, 'the guard ends the child');
    const heir = await world.startWorker({ name: 'orphan' });
    expect(await world.until(runId, ['succeeded', 'failed', 'needs-decision'])).toBe('succeeded');
    expect(await outputOf(runId)).toMatchObject({ exitCode: 3, starts: 2 });
    await heir.stop(1_000);
    expect(leftovers(world, 'orphan')).toEqual([]);
  });

  test('is ended by a cancel while its heir waits for it, and nothing is left', async () => {
    const { worker, runId, child } = await begin(plans.long, 'stopped');
    const group = groupOf(child);
    await killed(worker);
    const heir = await world.startWorker({ name: 'stopped' });
    await eventually(async () => (await epochOf(runId)) === 2, 'it is taken over');
    expect(groupMembers(group).length).toBeGreaterThan(0);
    await world.web.transaction().execute((trx) => setCancel(trx, runId, 'test'));
    expect(await world.until(runId, ['cancelled', 'failed', 'succeeded'])).toBe('cancelled');
    expect(groupMembers(group)).toEqual([]);
    expect(world.effects(runId, 'restore')).toEqual([]);
    await heir.stop(1_000);
    expect(leftovers(world, 'stopped')).toEqual([]);
  });

  test('goes on when its worker is told to end, and is adopted after the restart', async () => {
    const { worker, runId, child } = await begin(plans.some, 'restarted');
    sendSignal(worker.pid, 'SIGTERM');
    expect((await worker.exited).exitCode).toBe(0);
    expect(await world.state(runId)).toBe('queued');
    expect(existsSync(`/proc/${child}`)).toBe(true);
    const heir = await world.startWorker({ name: 'restarted' });
    expect(await world.until(runId, ['succeeded', 'failed', 'needs-decision'])).toBe('succeeded');
    expect(await outputOf(runId)).toEqual({ exitCode: 3, pid: child, starts: 1 });
    await heir.stop(1_000);
    expect(leftovers(world, 'restarted')).toEqual([]);
  });

  test('is taken by another worker of the host while the first still drains', async () => {
    const first = await world.startWorker({ name: 'drained' });
    const runId = await world.start(plans.some, 'drained');
    const started = () => existsSync(`${leftovers(world, 'drained')[0]}/started`);
    await eventually(started, 'the child');
    const [, heir] = await Promise.all([first.stop(0), world.startWorker({ name: 'drained' })]);
    expect(await world.until(runId, ['succeeded', 'failed', 'needs-decision'])).toBe('succeeded');
    expect(await outputOf(runId)).toMatchObject({ exitCode: 3, starts: 1 });
    await heir.stop(1_000);
    expect(leftovers(world, 'drained')).toEqual([]);
  });

  test('is not left by a step that must not happen twice: the guard ends it at once, and a person is asked', async () => {
    const worker = await world.startProcess({ name: 'once' });
    const runId = await world.start(plans.once, 'once');
    await eventually(() => world.effects(runId, 'began').length === 1, 'the step');
    const spool = () => `${leftovers(world, 'once')[0]}.spool`;
    const group = () => {
      const file = existsSync(spool()) && readdirSync(spool()).find((name) => name.endsWith('.group'));
      return file ? (JSON.parse(readFileSync(`${spool()}/${file}`, 'utf8')) as { pid: number }).pid : 0;
    };
    await eventually(() => groupMembers(group()).length === 2, 'supervisor and child');
    const pid = group();
    await killed(worker);
    await eventually(() => groupMembers(pid).length === 0, 'the guard ends the child', 5_000);
    const heir = await world.startWorker({ name: 'once' });
    expect(await world.until(runId, ['needs-decision', 'succeeded', 'failed'])).toBe('needs-decision');
    // Nobody goes on with it, so the janitor removes it in its next round.
    await eventually(() => leftovers(world, 'once').length === 0, 'the directory is removed');
    await heir.stop(1_000);
  });
});
