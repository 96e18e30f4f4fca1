import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { newId } from '@/lib/base/ids';
import type { WorkerEnv } from '@/lib/base/server/env';
import type { Log } from '@/lib/base/server/log';
import type { AnyJob } from '@/lib/engine/define-job';
import type { QueuedWork } from '@/lib/queue/queue-link';
import { ensureKeyFile, readKeyFile } from '@/lib/secrets/key-file';
import { openStore, type Store } from '@/lib/store/db';
import { createNotifier, type Notifier, wake } from '@/lib/store/notify';
import { queueOfWorker } from '@/lib/store/outbox';
import { poolersOf } from '@/lib/store/poolers';
import { assertSchemaVersion } from '@/lib/store/schema-version';
import { registerWorkerKey } from '@/lib/store/worker-keys';
import { beatWorker, registerWorker } from '@/lib/store/workers';
import { makeOwnedDirectory } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';
import { CopyKeeper } from '@/workers/copies/index';
import { startGuard } from '@/workers/guard/guard-client';
import { startJanitor } from '@/workers/janitor/janitor';
import { openLogin, openPooler } from '@/workers/logins';
import type { RunnerDeps } from '@/workers/runner/deps';
import { Planner } from '@/workers/runner/planner';
import { Runner } from '@/workers/runner/runner';
import { pgbackrestDirectory, stanzaConfigs } from '@/workers/runner/stanza-config';
import { openTypedKey } from '@/workers/runner/typed-copy';
import { openDumpKey } from '@/workers/storages/open-dump-key';
import { openStorage } from '@/workers/storages/open-storage';
import { startWakeUps } from '@/workers/wake-ups';
import { machineFacts } from '@/workers/worker-facts';

/** What every part of a worker may use. */
export interface PartOptions {
  db: Store;
  keyPair: Awaited<ReturnType<typeof readKeyFile>>;
  workerId: string;
  env: WorkerEnv;
  log: Log;
  notifier: Notifier;
}

/** A part beside the run engine: collector, tester, scorecard. */
export interface WorkerPart {
  stop(): Promise<void>;
  /** Runs a connection test that somebody asked for. */
  test?(id: string): Promise<void>;
  /** Collects an instance at once, if this worker has its lease. */
  collectNow?(instanceId: string): unknown;
  /** Looks at the repositories of a stanza at once, if they are this worker's. */
  lookNow?(stanzaId: string): unknown;
}

export interface WorkerOptions {
  env: WorkerEnv;
  log: Log;
  /** The catalogue; tests bring their own. */
  jobs: Record<string, AnyJob>;
  /** Path of the guard's bundle. */
  guardScript: string;
  version: string;
  parts: readonly ((options: PartOptions) => WorkerPart | Promise<WorkerPart>)[];
  /** For tests: ends the process at a write boundary, gives logins without sealed rows. */
  failpoint?: RunnerDeps['failpoint'];
  openLogin?: RunnerDeps['openLogin'];
  /** Between a child group's TERM and KILL when the guard ends it. */
  guardGraceMs?: number;
}

export interface RunningWorker {
  id: string;
  runner: Runner;
  reconcile(): Promise<void>;
  /** Stops claiming, gives back or finishes what it holds, and closes. `drainMs`: how long steps may still take. */
  stop(drainMs?: number): Promise<void>;
}

/** Less than a service manager's patience: what is left after it is aborted in order. */
const defaultDrainMs = 8_000;

/**
 * Starts a worker: guard, run engine, janitor and the given parts. Refuses a console database of another schema
 * version before it writes anything.
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { env, log } = options;
  const id = newId();
  const name = env.PLUMBLINE_WORKER_NAME;
  const pools = env.PLUMBLINE_POOLS;
  const store = openStore(env.DATABASE_URL, {
    applicationName: `plumbline-worker ${name}`.slice(0, 63),
    max: 16,
    onError: (error) => log.warn({ err: error }, 'a connection to the console database broke'),
  });
  const { db } = store;
  try {
    await assertSchemaVersion(db);
    await registerWorkerKey(db, await ensureKeyFile(env.PLUMBLINE_KEY_FILE));
  } catch (error) {
    await store.close();
    throw error;
  }
  const keyPair = await readKeyFile(env.PLUMBLINE_KEY_FILE);
  const toolUser = toolUserName();
  mkdirSync(env.PLUMBLINE_WORK_DIR, { recursive: true, mode: 0o755 });
  makeOwnedDirectory(env.PLUMBLINE_REPOSITORY_DIR, toolUser);
  const notifier = createNotifier(db);
  const guard = startGuard(options.guardScript, log, {
    graceMs: options.guardGraceMs,
    adoptMs: env.PLUMBLINE_ADOPT_SECONDS * 1000,
  });
  const copies = new CopyKeeper({
    ...{ db, notifier, log, guard, toolUser },
    workerName: name,
    workDir: env.PLUMBLINE_WORK_DIR,
    everySeconds: env.PLUMBLINE_RECONCILE_SECONDS,
  });
  const deps: RunnerDeps = {
    db,
    worker: { id, name, pools },
    jobs: options.jobs,
    openLogin: options.openLogin ?? ((instanceId, purpose) => openLogin(db, keyPair, instanceId, purpose)),
    copies,
    mayDrill: env.PLUMBLINE_DRILLS === 'yes',
    baseBackups: {
      folder: env.PLUMBLINE_BASE_BACKUPS ?? null,
      fetchCommand: env.PLUMBLINE_RESTORE_COMMAND,
    },
    storages: {
      open: (storageId) => openStorage(db, keyPair, storageId),
      dumpKey: (rowId, keyId) => openDumpKey(db, keyPair, rowId, keyId),
      typedKey: (of) => openTypedKey(db, keyPair, of),
    },
    poolers: {
      of: async (instance) =>
        (await poolersOf(db, instance)).map(({ id: poolerId, name: called, host, port }) => ({
          ...{ id: poolerId, name: called, host, port },
        })),
      login: (poolerId) => openPooler(db, keyPair, poolerId),
    },
    stanzaConfigs: stanzaConfigs({ db, keyPair, toolUser, directory: pgbackrestDirectory(env) }),
    workDir: env.PLUMBLINE_WORK_DIR,
    repositoryDir: env.PLUMBLINE_REPOSITORY_DIR,
    toolUser,
    leaseSeconds: env.PLUMBLINE_LEASE_SECONDS,
    beatSeconds: env.PLUMBLINE_BEAT_SECONDS,
    reconcileSeconds: env.PLUMBLINE_RECONCILE_SECONDS,
    guard,
    notifier,
    log,
    failpoint: options.failpoint ?? (() => undefined),
  };
  const runner = new Runner(deps);
  const planner = new Planner(deps);
  const queues = [...pools, queueOfWorker(name)];
  const parts: WorkerPart[] = [];

  const onWork = (work: QueuedWork) => {
    if (work.topic === 'run') runner.offer(work.id);
    else if (work.topic === 'plan') planner.offer(work.id);
    else if (work.topic === 'test') for (const part of parts) void part.test?.(work.id);
    // Only the worker that has the instance's lease collects it, and it may be another than the one that was woken.
    else void wake(db, `collect:${work.id}`).catch((error) => log.warn({ err: error }, 'collect now'));
  };
  const wakeUps = startWakeUps({
    db,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    queues,
    onWork,
    onCancel: (runId) => runner.cancel(runId),
    onCollect: (instanceId) => {
      for (const part of parts) part.collectNow?.(instanceId);
    },
    onLook: (stanzaId) => {
      for (const part of parts) part.lookNow?.(stanzaId);
    },
    log,
  });

  const look = machineFacts([env.PLUMBLINE_WORK_DIR, env.PLUMBLINE_REPOSITORY_DIR]);
  const facts = async () => ({
    ...(await look()),
    wakeUp: wakeUps.state(),
    keyId: keyPair.keyId,
    runs: runner.heldRuns(),
    leaseSeconds: deps.leaseSeconds,
    drills: deps.mayDrill,
  });
  const identity = { id, name, host: hostname(), pid: process.pid, version: options.version };
  await registerWorker(db, { ...identity, pools, hosts: env.PLUMBLINE_HOSTS }, await facts());
  notifier.hint('worker', id);
  const beat = async (state: 'running' | 'draining' | 'stopped') => {
    try {
      await beatWorker(db, id, state, await facts());
      notifier.hint('worker', id);
    } catch (error) {
      log.warn({ err: error }, 'the heartbeat could not be written');
    }
  };
  const beats = setInterval(() => void beat('running'), deps.beatSeconds * 1000);
  const janitor = startJanitor(deps, runner, planner, queues);
  copies.start();
  for (const start of options.parts) {
    parts.push(await start({ db, keyPair, workerId: id, env, log, notifier }));
  }
  log.info({ worker: id, name, pools, wakeUp: wakeUps.state() }, 'worker started');
  void janitor.reconcile();

  return {
    id,
    runner,
    reconcile: janitor.reconcile,
    stop: async (drainMs = defaultDrainMs) => {
      clearInterval(beats);
      await beat('draining');
      await wakeUps.stop();
      await planner.stop();
      await Promise.all([runner.stop(drainMs), janitor.stop(), ...parts.map((part) => part.stop())]);
      await copies.stop();
      await beat('stopped');
      await notifier.stop();
      guard.stop();
      await store.close();
      log.info({ worker: id }, 'worker stopped');
    },
  };
}
