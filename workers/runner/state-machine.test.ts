import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '@/lib/base/ids';
import { isTerminal } from '@/lib/engine/run-states';
import { openStore, type Store } from '@/lib/store/db';
import { createNotifier } from '@/lib/store/notify';
import { setCancel, setDecision } from '@/lib/store/runs';
import { engineKinds, engineSteps } from '@/lib/testing/engine-kinds';
import { type EngineWorld, engineWorld, leftovers, quietLog } from '@/lib/testing/engine-world';
import { toolUserName } from '@/lib/tools/system-user';
import { CopyKeeper } from '@/workers/copies/index';
import { takeOverDeadRuns } from '@/workers/janitor/take-over';
import type { RunnerDeps } from '@/workers/runner/deps';
import { findRunDirectories, removeRunDirectory } from '@/workers/runner/run-directory';
import { Runner } from '@/workers/runner/runner';

/**
 * Random lives of one run: at the n-th write boundary something happens to its worker. The seed is printed; the same
 * seed gives the same lives. PLUMBLINE_TEST_SEED sets it, PLUMBLINE_TEST_SCHEDULES how many there are. There are 125
 * pairs of a boundary and a mishap; 80 lives draw 200, other ones at each run of the tests: what one run leaves out, the
 * next ones meet, and a change of the engine is worth a thousand (two minutes).
 */
const seed = Number(process.env.PLUMBLINE_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const lives = Number(process.env.PLUMBLINE_TEST_SCHEDULES ?? 80);
const atOnce = 8;

const mishap = fc.record({
  /** Counted over all boundaries that workers of this life come to. */
  at: fc.integer({ min: 0, max: 24 }),
  what: fc.constantFrom('crash', 'freeze', 'cancel', 'twin', 'cut') as fc.Arbitrary<
    'crash' | 'freeze' | 'cancel' | 'twin' | 'cut'
  >,
});
const life = fc.record({
  mishaps: fc.array(mishap, { minLength: 1, maxLength: 4 }),
  decision: fc.constantFrom('repeat', 'done', 'stop') as fc.Arbitrary<'repeat' | 'done' | 'stop'>,
  failAt: fc.constantFrom('', '', '', ...engineSteps),
});
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

let world: EngineWorld;
let store: ReturnType<typeof openStore>;

beforeAll(async () => {
  world = await engineWorld();
  store = openStore(world.console.workerUrl, { applicationName: 'hands', max: 16 });
});
afterAll(async () => {
  await store.close();
  await world.stop();
});

interface Hand {
  runner: Runner;
  deps: RunnerDeps;
  /** Ends it without a word, as kill -9 does: no more writes, no more beats. */
  crash(): void;
  isDead(): boolean;
}

function hire(name: string, onBoundary: (hand: Hand) => Promise<void>): Hand {
  let dead = false;
  const never = new Promise<never>(() => undefined);
  // A dead process asks the database nothing: whatever it still wants never comes to an answer.
  const db = new Proxy(store.db, {
    get: (target, property) => {
      if (dead) return () => never;
      const value = Reflect.get(target, property) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as Store;
  const shared = {
    db,
    workDir: world.workDirOf(name),
    toolUser: toolUserName(),
    guard: { script: '', beat: () => undefined, over: () => undefined, stop: () => undefined },
    notifier: createNotifier(store.db),
    log: quietLog,
  };
  const deps: RunnerDeps = {
    ...shared,
    worker: { id: newId(), name, pools: ['default'] },
    jobs: engineKinds,
    openLogin: async () => world.login,
    copies: new CopyKeeper({ ...shared, workerName: name, everySeconds: 1 }),
    mayDrill: true,
    baseBackups: { folder: null, fetchCommand: '' },
    storages: {
      open: () => Promise.reject(new Error('no storage')),
      dumpKey: () => Promise.reject(new Error('no key')),
      typedKey: () => Promise.reject(new Error('no key')),
    },
    poolers: { of: async () => [], login: async () => undefined },
    stanzaConfigs: {
      pathOf: () => '',
      write: async () => '',
      writeTyped: async () => '',
      review: async () => '',
    },
    repositoryDir: world.workDirOf('repository'),
    leaseSeconds: 4,
    beatSeconds: 1,
    reconcileSeconds: 1,
    failpoint: async () => {
      await onBoundary(hand);
      if (dead) await never;
    },
  };
  const hand: Hand = {
    deps,
    runner: new Runner(deps),
    crash: () => {
      dead = true;
    },
    isDead: () => dead,
  };
  return hand;
}

/** Lives one life to its end and says what was wrong with it, if anything. */
async function live(
  { mishaps, decision, failAt }: Life,
  plans: Map<string, string>,
): Promise<string | undefined> {
  const name = `life-${newId()}`;
  const runId = await world.start(plans.get(failAt) ?? '', name);
  let boundaries = 0;
  let decisions = 0;
  const hands: Hand[] = [];
  const frozen: (() => void)[] = [];

  const onBoundary = async (hand: Hand) => {
    const now = boundaries;
    boundaries += 1;
    for (const { at, what } of mishaps) {
      if (at !== now) continue;
      if (what === 'crash') hand.crash();
      else if (what === 'cancel')
        await world.web.transaction().execute((trx) => setCancel(trx, runId, 'test'));
      else if (what === 'twin') next().runner.offer(runId);
      // Its lease passes while it stands still, and it goes on when another is at work.
      else if (what === 'freeze') {
        await expire(runId);
        await new Promise<void>((resolve) => {
          frozen.push(resolve);
        });
      } else
        await world.db
          .updateTable('runs')
          .set({ lease_until: new Date(0) })
          .where('id', '=', runId)
          .execute();
    }
  };
  const next = () => {
    const hand = hire(name, onBoundary);
    hands.push(hand);
    return hand;
  };

  const until = Date.now() + 90_000;
  for (;;) {
    const run = await world.db
      .selectFrom('runs')
      .select(['state', 'owner'])
      .where('id', '=', runId)
      .executeTakeFirstOrThrow();
    if (isTerminal(run.state)) break;
    if (Date.now() > until) return `it is still ${run.state}`;
    if (run.state === 'needs-decision') {
      decisions += 1;
      // Somebody who repeats for ever would never end; the third time they stop.
      const word = decisions > 2 ? 'stop' : decision;
      await world.web.transaction().execute((trx) => setDecision(trx, runId, word));
      next().runner.offer(runId);
    } else if (run.state === 'queued') {
      const free = hands.find((hand) => !hand.isDead() && hand.runner.heldRuns().length === 0) ?? next();
      free.runner.offer(runId);
    } else {
      const owner = hands.find((hand) => hand.deps.worker.id === run.owner);
      if (!owner || owner.isDead()) await expire(runId);
      const healthy = hands.find((hand) => !hand.isDead() && hand !== owner) ?? next();
      await takeOverDeadRuns(healthy.deps, () => false);
      frozen.shift()?.();
    }
    // Eight lives at once ask this: more often would be most of the database's work.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const thaw of frozen) thaw();
  // Those that were frozen notice that they lost it, and put their own away.
  const settled = Date.now() + 5_000;
  const busy = () => hands.some((hand) => !hand.isDead() && hand.runner.heldRuns().length > 0);
  while (busy() && Date.now() < settled) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const found of findRunDirectories(world.workDirOf(name))) await removeRunDirectory(found);

  const charges = world.effects(runId, 'charge').length;
  const locks = await world.db.selectFrom('run_locks').select('key').where('run_id', '=', runId).execute();
  for (const hand of hands) if (!hand.isDead()) hand.crash();
  // Only a person's word repeats it, and then once per word.
  const allowed = 1 + (decision === 'repeat' ? Math.min(decisions, 2) : 0);
  if (charges > allowed) return `charged ${charges} times with ${decisions} decisions`;
  if (locks.length > 0) return 'a lock is left';
  if (leftovers(world, name).length > 0) return 'a directory is left';
  if (busy()) return 'a hand never let go';
  return undefined;
}

async function expire(runId: string): Promise<void> {
  await world.db
    .updateTable('runs')
    .set({ lease_until: new Date(0) })
    .where('id', '=', runId)
    .where('state', '=', 'running')
    .execute();
}

test(`${lives} random lives of a run, seed ${seed}`, async () => {
  console.log(`run engine: ${lives} schedules, seed ${seed} (PLUMBLINE_TEST_SEED repeats it)`);
  const planner = await world.startWorker({ name: 'planner' });
  const plans = new Map<string, string>();
  for (const failAt of ['', ...engineSteps]) {
    plans.set(failAt, await world.plan('every-safety', { failAt, lock: '' }));
  }
  await planner.stop(1_000);
  const waiting = fc.sample(life, { seed, numRuns: lives });
  const wrong: unknown[] = [];
  const hand = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const what = await live(next, plans);
      if (what) wrong.push({ seed, what, life: next });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, hand));
  expect(wrong).toEqual([]);
}, 300_000);
