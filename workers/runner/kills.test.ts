import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, test } from 'vitest';
import type { StepSafety } from '@/lib/engine/define-job';
import { isTerminal } from '@/lib/engine/run-states';
import { stepsOfRun } from '@/lib/store/run-steps';
import { setCancel, setDecision } from '@/lib/store/runs';
import {
  drawnKind,
  drawnKinds,
  drawnSafeties,
  drawnStepNames,
  drawnWork,
  mostDrawnSteps,
} from '@/lib/testing/drawn-kinds';
import { type EngineWorld, engineWorld, eventually } from '@/lib/testing/engine-world';
import { startRedis, type TestRedis } from '@/lib/testing/redis';
import type { RunningTool } from '@/lib/tools/process';
import { listProcesses, sendSignal } from '@/lib/tools/process-groups';
import type { RunningWorker } from '@/workers/worker';

/**
 * Random lives of runs whose worker processes are killed by a real kill -9. The seed is printed; the same seed draws
 * the same lives. PLUMBLINE_TEST_SEED sets it, PLUMBLINE_TEST_KILLS how many lives there are. Each boundary by itself is
 * crash.test.ts's; what is drawn here are their meetings with Redis, cancelling and a second process, other ones at each
 * run of the tests.
 */
const seed = Number(process.env.PLUMBLINE_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const lives = Number(process.env.PLUMBLINE_TEST_KILLS ?? 12);
const atOnce = 4;
/** For an end or a question, on a machine that is busy with ten other things; the promise is two minutes. */
const soonMs = 60_000;
/** Fewer than a long child's: it ends because somebody ends it. */
const longChildSeconds = 600;

const weighted = <T>(...choices: [number, T][]) =>
  fc.oneof(...choices.map(([weight, value]) => ({ weight, arbitrary: fc.constant(value) })));

const life = fc.record({
  steps: fc.array(
    fc.record({
      safety: fc.constantFrom(...drawnSafeties, 'once' as StepSafety),
      work: weighted([8, drawnWork[0]], [4, drawnWork[1]], [1, drawnWork[2]]),
    }),
    { minLength: 2, maxLength: mostDrawnSteps },
  ),
  /** At a write boundary, that of a step counted round; or so many ms after the run was claimed. */
  kill: fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({
        at: weighted(
          [1, 'claimed'],
          [2, 'step-begun'],
          [4, 'step-effect'],
          [2, 'step-done'],
          [1, 'before-finish'],
          [1, 'finished'],
        ),
        step: fc.nat({ max: mostDrawnSteps - 1 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ afterMs: fc.nat({ max: 400 }) }) },
  ),
  redis: fc.oneof(
    fc.constant('none' as const),
    fc.constant('kept' as const),
    fc.record({ flushedAfterMs: fc.nat({ max: 800 }) }),
  ),
  /** After the run was queued. */
  cancelAfterMs: fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.nat({ max: 1_000 }) },
  ),
  /** A second process of the same name runs already, and dies at the same boundary when it comes there. */
  hasSecond: fc.boolean(),
  decision: fc.constantFrom('repeat' as const, 'done' as const, 'stop' as const),
});
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

let world: EngineWorld;
let redis: TestRedis;
let client: Redis;
let planner: RunningWorker;

beforeAll(async () => {
  [world, redis] = await Promise.all([engineWorld(drawnKinds), startRedis()]);
  client = new Redis(redis.url);
  planner = await world.startWorker({ name: 'planner', reconcileSeconds: 30 });
});
afterAll(async () => {
  await planner.stop(1_000);
  client.disconnect();
  await world.stop();
  await redis.stop();
});

/** Processes that say a path in their arguments, environment or working directory: workers, children, servers. */
function processesOf(path: string): string[] {
  return listProcesses().flatMap(({ pid }) => {
    try {
      const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'utf8');
      const words = read('cmdline').replaceAll('\0', ' ');
      const facts = `${words} ${readlinkSync(`/proc/${pid}/cwd`)} ${read('environ')}`;
      return facts.includes(path) ? [`${pid} ${words}`] : [];
    } catch {
      // It has just ended, or it is another user's and so none of ours.
      return [];
    }
  });
}

function after(ms: number, act: () => Promise<unknown>): Promise<unknown> {
  return new Promise<void>((resolve) => setTimeout(resolve, ms)).then(act);
}

/** As a worker process is told where to end. */
function boundaryOf(point: string, step: string): string {
  return point.startsWith('step-') ? `${point}:${step}` : point;
}

let born = 0;

/** Lives one life to its end. @throws Error that says what was wrong with it. */
async function live({ steps, kill, redis: wakes, cancelAfterMs, hasSecond, decision }: Life): Promise<void> {
  born += 1;
  // Short: the path of a scratch cluster's socket holds it.
  const name = `k${born}`;
  const safeties = steps.map(({ safety }) => safety);
  const names = drawnStepNames(safeties);
  const failpoint = 'at' in kill ? boundaryOf(kill.at, names[kill.step % names.length] ?? '') : undefined;
  const settings = { name, pool: name, leaseSeconds: 4, redisUrl: wakes === 'none' ? undefined : redis.url };
  const [planId, ...doomed] = await Promise.all([
    world.plan(drawnKind(safeties), {
      work: steps.map(({ work }) => work),
      firstChildSeconds: failpoint ? 0.1 : longChildSeconds,
    }),
    ...Array.from({ length: hasSecond ? 2 : 1 }, () => world.startProcess(settings, failpoint)),
  ]);
  const alive = new Set<RunningTool>(doomed);
  for (const one of doomed) void one.exited.then(() => alive.delete(one));
  const runId = await world.start(planId, name);
  const runNow = () =>
    world.db
      .selectFrom('runs')
      .leftJoin('workers', 'workers.id', 'runs.owner')
      .select(['runs.state', 'runs.epoch', 'runs.decision', 'workers.pid'])
      .where('runs.id', '=', runId)
      .executeTakeFirstOrThrow();

  const mishaps: Promise<unknown>[] = [];
  if (cancelAfterMs !== undefined) {
    const cancel = () => world.web.transaction().execute((trx) => setCancel(trx, runId, 'test'));
    mishaps.push(after(cancelAfterMs, cancel));
  }
  if (typeof wakes === 'object') mishaps.push(after(wakes.flushedAfterMs, () => client.flushall()));
  if ('afterMs' in kill) {
    const begun = async () => (await runNow()).epoch > 0 || isTerminal((await runNow()).state);
    const killHolder = async () => {
      const { pid } = await runNow();
      const holder = doomed.find((one) => one.pid === pid) ?? doomed[0];
      if (holder) sendSignal(holder.pid, 'SIGKILL');
    };
    mishaps.push(eventually(begun, 'the run is claimed', soonMs).then(() => after(kill.afterMs, killHolder)));
  }

  let heir: RunningWorker | undefined;
  const repeats = new Map<string, number>();
  const words = new Set<string>();
  for (let asked = 0; ; asked += 1) {
    let state = 'queued';
    const isSettled = async () => {
      const run = await runNow();
      state = run.state;
      if (isTerminal(run.state) || (run.state === 'needs-decision' && run.decision === null)) return true;
      // Then a worker is there.
      if (alive.size === 0) heir ??= await world.startWorker(settings);
      return false;
    };
    await eventually(isSettled, `${name} ends or asks for a decision`, soonMs);
    if (state !== 'needs-decision') break;
    // Somebody who repeats for ever would never end; the third time they stop.
    const word = asked > 1 ? 'stop' : decision;
    const open = (await stepsOfRun(world.db, runId)).find((step) => step.state === 'undecided');
    if (!open) throw new Error('it asks about no step');
    if (word === 'repeat') repeats.set(open.name, (repeats.get(open.name) ?? 0) + 1);
    words.add(word);
    await world.web.transaction().execute((trx) => setDecision(trx, runId, word));
  }
  await Promise.all(mishaps);
  for (const { pid } of alive) sendSignal(pid, 'SIGKILL');
  await Promise.all(doomed.map(({ exited }) => exited));
  heir ??= await world.startWorker(settings);
  await heir.reconcile();
  await heir.stop(1_000);

  const { state } = await runNow();
  const wrong: string[] = [];
  for (const [place, step] of names.entries()) {
    const times = world.effects(runId, step).length;
    const isSingle = safeties[place] === 'once' || safeties[place] === 'probeable';
    // Only a person's word repeats it, and then once per word.
    const allowed = 1 + (repeats.get(step) ?? 0);
    if (isSingle && times > allowed) wrong.push(`${step} happened ${times} times`);
    // Begun, it may have happened in part: that alone must not be repeated.
    const begun = world.effects(runId, `${step}-begun`).length;
    if (safeties[place] === 'once' && begun > allowed) wrong.push(`${step} was begun ${begun} times`);
    if (state === 'succeeded' && times === 0 && !words.has('done')) wrong.push(`${step} never happened`);
  }
  if (state === 'failed' && !words.has('stop')) wrong.push('it failed, though no step does');
  const locks = await world.db.selectFrom('run_locks').select('key').where('run_id', '=', runId).execute();
  if (locks.length > 0) wrong.push('a lock is left');
  const folder = `${world.workDirOf(name)}/runs`;
  const files = existsSync(folder) ? readdirSync(folder) : [];
  if (files.length > 0) wrong.push(`left behind: ${files.join(', ')}`);
  if (wrong.length > 0) throw new Error(`${name}, which is ${state}: ${wrong.join('; ')}`);
  let processes: string[] = [];
  const isQuiet = () => {
    processes = processesOf(world.workDirOf(name));
    return processes.length === 0;
  };
  await eventually(isQuiet, `no process of ${name} is left`).catch((cause) => {
    throw new Error(`processes are left: ${processes.join('; ')}`, { cause });
  });
}

test(
  `${lives} random lives with a real kill -9, seed ${seed}`,
  async () => {
    console.log(`kill -9: ${lives} lives, seed ${seed} (PLUMBLINE_TEST_SEED repeats it)`);
    const lanes = Array.from({ length: Math.min(atOnce, lives) }, (_, lane) =>
      fc.assert(fc.asyncProperty(life, live), {
        seed: seed + lane,
        numRuns: Math.ceil((lives - lane) / atOnce),
        // Small values first would draw the dullest lives, and there are few.
        unbiased: true,
        // Shrinking ends here, with the smallest life that was found.
        interruptAfterTimeLimit: 60_000 + lives * 6_000,
        markInterruptAsFailure: true,
      }),
    );
    // All of them, also when one fails: they share servers.
    for (const lane of await Promise.allSettled(lanes)) if (lane.status === 'rejected') throw lane.reason;
    await eventually(
      () => processesOf(world.guardScript).length <= 1,
      'the guards have ended, but that of the planner',
    );
  },
  120_000 + lives * 15_000,
);
