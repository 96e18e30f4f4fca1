import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { newId } from '@/lib/base/ids';
import { readEnv, workerEnvSchema } from '@/lib/base/server/env';
import type { AnyJob, JsonObject } from '@/lib/engine/define-job';
import { openStore, type Store } from '@/lib/store/db';
import { findPlan, requestPlan } from '@/lib/store/plans';
import { insertRun } from '@/lib/store/runs';
import type { RunState } from '@/lib/store/schema';
import { type ConsoleDatabase, consoleDatabase } from '@/lib/testing/console-database';
import { engineKinds } from '@/lib/testing/engine-kinds';
import { addFleet, bundleEngine } from '@/lib/testing/engine-parts';
import { startPostgres, type TestPostgres } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';
import { runSql } from '@/lib/testing/superuser';
import { type RunningTool, startTool } from '@/lib/tools/process';
import { sendSignal } from '@/lib/tools/process-groups';
import type { OpenLogin } from '@/workers/logins';
import { findRunDirectories } from '@/workers/runner/run-directory';
import { type RunningWorker, startWorker, type WorkerOptions } from '@/workers/worker';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface WorkerSettings {
  /** Workers of one name share their directories. */
  name?: string;
  /** Whose plans it makes; `default` unless said. */
  pool?: string;
  redisUrl?: string;
  leaseSeconds?: number;
  beatSeconds?: number;
  reconcileSeconds?: number;
  adoptSeconds?: number;
}

/** A console database, a watched server and bundles of worker and guard: what tests of the run engine stand on. */
export interface EngineWorld {
  console: ConsoleDatabase;
  /** As the owner: for looking at everything. */
  db: Store;
  /** As the web process. */
  web: Store;
  watched: TestPostgres;
  login: OpenLogin;
  clusterId: string;
  instanceId: string;
  effectsFile: string;
  guardScript: string;
  workDirOf(name: string): string;
  env(settings?: WorkerSettings): Record<string, string>;
  /** A worker in this process. */
  startWorker(settings?: WorkerSettings, options?: Partial<WorkerOptions>): Promise<RunningWorker>;
  /** A worker process, ended by `failpoint` when it comes there. */
  startProcess(settings?: WorkerSettings, failpoint?: string): Promise<RunningTool>;
  plan(kind: string, input?: JsonObject): Promise<string>;
  /** Queues a run of a ready plan, bound to a worker's name. */
  start(planId: string, workerName?: string): Promise<string>;
  state(runId: string): Promise<RunState>;
  until(runId: string, states: readonly RunState[], deadlineMs?: number): Promise<RunState>;
  /** Epochs in which a step had its effect on a run. */
  effects(runId: string, step: string): number[];
  /**
   * From now on the console's server forgets no commit when it is killed, as a real one does not: test servers may lose
   * their last ones.
   */
  keepCommits(): Promise<void>;
  stop(): Promise<void>;
}

/** Waits for something to become true, asking often. */
export async function eventually(
  isTrue: () => Promise<boolean> | boolean,
  what: string,
  deadlineMs = 30_000,
): Promise<void> {
  const until = Date.now() + deadlineMs;
  while (!(await isTrue())) {
    if (Date.now() > until) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export const quietLog = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });

export async function engineWorld(kinds: Record<string, AnyJob> = engineKinds): Promise<EngineWorld> {
  mkdirSync(`${root}/node_modules`, { recursive: true });
  const folder = mkdtempSync(`${root}/node_modules/.plumbline-engine-`);
  const [database, watched] = await Promise.all([consoleDatabase(), startPostgres(), bundleEngine(folder)]);
  // Each step connects anew; here the exchange of passwords would take most of the time of thousands of steps.
  writeFileSync(`${watched.dataDir}/pg_hba.conf`, 'host all all 127.0.0.1/32 trust\n');
  sendSignal(watched.pid(), 'SIGHUP');
  const owner = openStore(database.ownerUrl, { applicationName: 'test owner', max: 4 });
  const web = openStore(database.webUrl, { applicationName: 'test web', max: 4 });
  const scratch = scratchDirectory('engine');
  const effectsFile = `${scratch.path}/effects`;
  writeFileSync(effectsFile, '');
  const { clusterId, instanceId } = await addFleet(owner.db, watched);
  const login: OpenLogin = {
    host: watched.host,
    port: watched.port,
    database: 'postgres',
    tlsMode: 'disable',
    tlsCa: undefined,
    tlsCertificate: undefined,
    tlsKey: undefined,
    user: watched.superuser,
    password: watched.password,
  };
  const workDirOf = (name: string) => `${scratch.path}/${name}`;
  const env = (settings: WorkerSettings = {}) => {
    const name = settings.name ?? 'w';
    return {
      DATABASE_URL: database.workerUrl,
      ...(settings.redisUrl && { REDIS_URL: settings.redisUrl }),
      PLUMBLINE_KEY_FILE: `${scratch.path}/key`,
      PLUMBLINE_WORK_DIR: workDirOf(name),
      PLUMBLINE_REPOSITORY_DIR: `${scratch.path}/repository`,
      PLUMBLINE_WORKER_NAME: name,
      PLUMBLINE_POOLS: settings.pool ?? 'default',
      PLUMBLINE_LEASE_SECONDS: String(settings.leaseSeconds ?? 6),
      PLUMBLINE_BEAT_SECONDS: String(settings.beatSeconds ?? 0.5),
      PLUMBLINE_RECONCILE_SECONDS: String(settings.reconcileSeconds ?? 0.3),
      PLUMBLINE_ADOPT_SECONDS: String(settings.adoptSeconds ?? 60),
    };
  };
  const onConsole = (change: string) =>
    runSql(database.server, 'postgres', [`alter system ${change}`, 'select pg_reload_conf()']);
  let keepsCommits = false;
  const world: EngineWorld = {
    console: database,
    db: owner.db,
    web: web.db,
    watched,
    login,
    clusterId,
    instanceId,
    effectsFile,
    guardScript: `${folder}/guard.mjs`,
    workDirOf,
    env,
    startWorker: (settings, options) =>
      startWorker({
        env: readEnv(workerEnvSchema, env(settings) as unknown as NodeJS.ProcessEnv),
        log: quietLog,
        jobs: kinds,
        guardScript: world.guardScript,
        guardGraceMs: 500,
        version: 'test',
        parts: [],
        openLogin: async () => login,
        ...options,
      }),
    startProcess: async (settings, failpoint = '') => {
      let isReady = false;
      const tool = await startTool({
        argv: [process.execPath, `${folder}/worker.mjs`],
        env: {
          ...env(settings),
          TEST_LOGIN: JSON.stringify(login),
          TEST_FAILPOINT: failpoint,
          LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
        },
        onStdout: (line) => {
          if (line === 'ready') isReady = true;
          else if (process.env.TEST_LOG_LEVEL) console.log(line);
        },
        onStderr: (line) => console.error(line),
      });
      let isOver = false;
      void tool.exited.then(() => {
        isOver = true;
      });
      await eventually(() => isReady || isOver, 'the worker process is ready', 30_000);
      return tool;
    },
    plan: async (kind, input = {}) => {
      const id = newId();
      await web.db.transaction().execute((trx) =>
        requestPlan(
          trx,
          {
            id,
            kind,
            clusterId,
            instanceId: null,
            input: { effects: effectsFile, ...input },
            requestedBy: null,
            requestedByName: 'test',
          },
          'default',
        ),
      );
      await eventually(async () => {
        const plan = await findPlan(owner.db, id);
        return plan !== undefined && plan.state !== 'planning';
      }, `a plan of ${kind}`);
      return id;
    },
    start: async (planId, workerName) => {
      const plan = await findPlan(owner.db, planId);
      if (!plan) throw new Error('no plan');
      const bound = { ...plan, workerName: workerName ?? plan.workerName };
      const run = await web.db.transaction().execute((trx) =>
        insertRun(trx, {
          plan: bound,
          idempotencyKey: newId(),
          requestedBy: null,
          requestedByName: 'test',
        }),
      );
      return run.id;
    },
    state: async (runId) => {
      const run = await owner.db
        .selectFrom('runs')
        .select('state')
        .where('id', '=', runId)
        .executeTakeFirstOrThrow();
      return run.state;
    },
    until: async (runId, states, deadlineMs = 20_000) => {
      let state = await world.state(runId);
      await eventually(
        async () => {
          state = await world.state(runId);
          return states.includes(state);
        },
        `run ${runId} is ${states.join(' or ')}, it is ${state}`,
        deadlineMs,
      );
      return state;
    },
    effects: (runId, step) =>
      readFileSync(effectsFile, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith(`${runId} ${step} `))
        .map((line) => Number(line.split(' ')[2])),
    keepCommits: async () => {
      keepsCommits = true;
      await onConsole('set synchronous_commit = on');
    },
    stop: async () => {
      // The next test file of this process has the same server.
      if (keepsCommits) await onConsole('reset synchronous_commit');
      await Promise.all([owner.close(), web.close()]);
      await watched.stop();
      await database.drop();
      scratch.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
}

/** Names of what is left under a worker's folder for runs; empty when all was put away. */
export function leftovers(world: EngineWorld, name = 'w'): string[] {
  return findRunDirectories(world.workDirOf(name)).map(({ base }) => base);
}
