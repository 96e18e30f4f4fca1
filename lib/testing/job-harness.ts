import { randomUUID } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import type { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import type {
  BackupRecord,
  ClusterRows,
  JobDefinition,
  JsonObject,
  KnownFile,
  LastKnown,
  NewBackup,
  NewEvidence,
  OpenCopy,
  PlanContext,
  PlanDraft,
  Purpose,
  ReadAnswer,
  ScratchCluster,
  StanzaRecord,
  StepContext,
  Target,
  ToolCall,
  WorkloadStatement,
} from '@/lib/engine/define-job';
import type { Keeping } from '@/lib/engine/keeping';
import { connectInstance } from '@/lib/instance/connect';
import { startScratchCluster } from '@/lib/procedures/scratch-cluster';
import { harnessCopies } from '@/lib/testing/harness-copies';
import type { TestPostgres } from '@/lib/testing/postgres';
import { scratchDirectory } from '@/lib/testing/scratch';
import { makeOwnedDirectory, removeTree } from '@/lib/tools/files';
import { type GeneratedConfig, renderForReview } from '@/lib/tools/pgbackrest/config';
import { toolUserName } from '@/lib/tools/system-user';
import type { OpenLogin } from '@/workers/logins';
import { type PoolerLogin, poolerDesk } from '@/workers/runner/pooler-desk';
import { callTool, pathOfProgram } from '@/workers/runner/tool-call';

export interface Login {
  user: string;
  password: string;
}

export interface JobHarnessOptions {
  server: TestPostgres;
  /** The superuser for each purpose that is not given. */
  logins?: Partial<Record<Purpose, Login>>;
  /** Logins that the instance does not have. */
  without?: Purpose[];
  /** Programs that this "worker" does not have: `pg_dump`, `postgres` … */
  missingPrograms?: string[];
  role?: 'primary' | 'standby';
  /** What checks of the cluster's servers saw, and what their statements did. */
  clusterRows?: (checkId: string) => ClusterRows[];
  workload?: WorkloadStatement[];
  lastKnown?: Partial<LastKnown>;
  poolers?: { id: string; name: string; login: PoolerLogin }[];
  relationFiles?: KnownFile[];
  /** The cluster's stanza, and its configuration file where it lies on disk already. */
  stanza?: StanzaRecord;
  stanzaConfigFile?: string;
  stanzaConfig?: GeneratedConfig;
  copies?: Map<string, OpenCopy>;
  baseBackups?: PlanContext['baseBackups'];
  drillSeconds?: number[];
  keeping?: Keeping;
  /** Where runs have their directories; a scratch directory unless said. */
  workDir?: string;
}

/** What a run of the harness left behind: exactly what the console would have stored. */
export interface HarnessRun {
  runId: string;
  state: 'succeeded' | 'failed';
  error: unknown;
  outputs: Record<string, JsonObject>;
  evidence: NewEvidence[];
  /** Of a kind that only reads. */
  answer?: ReadAnswer;
  log: { level: string; text: string }[];
  progress: { done: number; total: number | null; what: string }[];
  runDir: string;
}

export interface HarnessRunOptions {
  signal?: AbortSignal;
  onLog?: (text: string) => void;
  /** Awaited: what has to be so before a tool starts. */
  onTool?: (call: ToolCall) => void | Promise<void>;
  /** The worker dies when this probeable step has had its effect and before that was stored. */
  crashAfter?: string;
}

export interface JobHarness {
  target: Target;
  repositoryDir: string;
  backups: Map<string, BackupRecord>;
  planContext(signal?: AbortSignal): PlanContext;
  plan<S extends z.ZodObject, P extends JsonObject>(
    job: JobDefinition<S, P>,
    input: z.input<S>,
  ): Promise<PlanDraft<P>>;
  /** Plans, refuses blockers, runs the steps in order; after a failure or cancel their clean-ups, as the runner does. */
  run<S extends z.ZodObject, P extends JsonObject>(
    job: JobDefinition<S, P>,
    input: z.input<S>,
    options?: HarnessRunOptions,
  ): Promise<HarnessRun>;
  close(): void;
}

/** The harness has no shelf of its own: kinds that need one are tried in a worker. */
const nothingKept = new Proxy({} as Keeping, {
  get: (_, name) => () => Promise.reject(new Error(`the harness keeps nothing: ${String(name)}`)),
});

/** A worker of one job at a time, without the console: real server, real tools, real files. */
export async function jobHarness(options: JobHarnessOptions): Promise<JobHarness> {
  const { server } = options;
  const scratch = scratchDirectory('job');
  const repositoryDir = `${scratch.path}/repository`;
  makeOwnedDirectory(repositoryDir, toolUserName());
  const backups = new Map<string, BackupRecord>();
  const workerName = 'harness';
  const loginOf = (purpose: Purpose): Login => {
    if (options.without?.includes(purpose))
      throw new PlumblineError('not-found', `This instance has no ${purpose} login.`);
    return options.logins?.[purpose] ?? { user: server.superuser, password: server.password };
  };
  const connect = async (purpose: Purpose, database: string, applicationName: string, signal: AbortSignal) =>
    connectInstance({
      host: server.host,
      port: server.port,
      database,
      tlsMode: 'disable',
      ...loginOf(purpose),
      applicationName,
      signal,
    });
  const openLoginOf = (purpose: Purpose): OpenLogin => ({
    host: server.host,
    port: server.port,
    database: 'postgres',
    tlsMode: 'disable',
    tlsCa: undefined,
    tlsCertificate: undefined,
    tlsKey: undefined,
    ...loginOf(purpose),
  });
  const asking = await connect('watch', 'postgres', 'harness', new AbortController().signal);
  const [facts] = await asking.query(`select system_identifier::text as id from pg_control_system()`);
  const target: Target = {
    clusterId: randomUUID(),
    clusterName: 'harness "cluster"',
    instanceId: randomUUID(),
    instanceName: 'harness',
    host: server.host,
    port: server.port,
    maintenanceDatabase: 'postgres',
    serverVersionNum: asking.serverVersionNum,
    role: options.role ?? 'primary',
    systemIdentifier: String(facts?.id),
    timeline: 1,
  };
  await asking.close();

  const pathOf = async (program: string, major: number): Promise<string | undefined> =>
    options.missingPrograms?.includes(program) ? undefined : pathOfProgram(program, major);

  const planContext = (
    signal = new AbortController().signal,
  ): PlanContext & Pick<StepContext, 'poolers'> => ({
    target,
    connect: (purpose, database = 'postgres') => connect(purpose, database, 'harness plan', signal),
    findProgram: pathOf,
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(repositoryDir);
      return bavail * bsize;
    },
    repositoryDir,
    findBackup: async (backupId) => backups.get(backupId),
    newestBackup: async (database) =>
      [...backups.values()].reverse().find((backup) => !database || backup.database === database),
    keeping: options.keeping ?? nothingKept,
    physicalBackups: async () => [...backups.values()].filter(({ type }) => type === 'physical').reverse(),
    mayDrill: true,
    baseBackups: options.baseBackups ?? { folder: null, fetchCommand: '' },
    clusterRows: async (checkId) => options.clusterRows?.(checkId) ?? [],
    lastKnown: async () => ({
      ...{ seenAt: null, settings: [], settingsAt: null, others: [], reachableUntil: null },
      ...options.lastKnown,
    }),
    poolers: poolerDesk({
      list: async () =>
        (options.poolers ?? []).map(({ id, name, login: { host, port } }) => ({ id, name, host, port })),
      login: async (id) => options.poolers?.find((each) => each.id === id)?.login,
      applicationName: 'harness',
      signal,
    }),
    relationFiles: async () => options.relationFiles ?? [],
    workload: async () => options.workload ?? [],
    pastDurations: async () => [],
    drillSeconds: async () => options.drillSeconds ?? [],
    stanza: async () => options.stanza,
    reviewStanza: async () => (options.stanzaConfig ? renderForReview(options.stanzaConfig) : ''),
    stanzaConfigPath: () => options.stanzaConfigFile ?? options.stanza?.configPath ?? '',
    copy: async (id) => {
      const copy = options.copies?.get(id);
      if (!copy) throw new PlumblineError('not-found', 'The cluster has no such copy.');
      return copy;
    },
    typedCopy: async () => undefined,
    signal,
    workerName,
  });

  async function plan<S extends z.ZodObject, P extends JsonObject>(
    job: JobDefinition<S, P>,
    input: z.input<S>,
  ) {
    return job.plan(planContext(), job.input.parse(input));
  }

  const run: JobHarness['run'] = async (job, rawInput, runOptions = {}) => {
    const runId = randomUUID();
    const applicationName = `plumbline/${runId}/1`;
    const input = job.input.parse(rawInput);
    const draft = await plan(job, rawInput);
    if (draft.blockers.length > 0) throw new Error(`blocked: ${draft.blockers[0]?.message}`);
    const runDir = `${options.workDir ?? scratch.path}/${runId.slice(0, 8)}`;
    makeOwnedDirectory(runDir, toolUserName());
    const result: HarnessRun = {
      runId,
      state: 'succeeded',
      error: undefined,
      outputs: {},
      evidence: [],
      log: [],
      progress: [],
      runDir,
    };
    const clusters: ScratchCluster[] = [];
    const passfile = new Set<string>();
    const contextOf = (signal: AbortSignal): StepContext<typeof input, typeof draft.params> => ({
      ...planContext(signal),
      connect: (purpose, database = 'postgres') => connect(purpose, database, applicationName, signal),
      runId,
      epoch: 1,
      input,
      params: draft.params,
      outputs: result.outputs,
      runDir,
      log: (level, text) => {
        result.log.push({ level, text });
        runOptions.onLog?.(text);
      },
      progress: (done, total, what) => result.progress.push({ done, total, what }),
      tool: async (call) => {
        await runOptions.onTool?.(call);
        const place = { runDir, user: toolUserName(), applicationName, signal, log: () => {}, passfile };
        const purpose = call.connect?.purpose ?? call.passfile?.purpose;
        return callTool(call, place, purpose && openLoginOf(purpose));
      },
      evidence: async (evidence) => {
        // As the store does: what is not JSON would not survive.
        result.evidence.push(JSON.parse(JSON.stringify(evidence)) as NewEvidence);
        return randomUUID();
      },
      answer: async (answer) => {
        result.answer = JSON.parse(JSON.stringify(answer)) as ReadAnswer;
      },
      backup: async (backup: NewBackup) => {
        backups.set(runId, {
          database: null,
          stanzaId: null,
          repository: null,
          label: null,
          dependsOn: [],
          timeline: null,
          walFirst: null,
          walLast: null,
          hasErrors: false,
          method: 'dump',
          ...backup,
          id: runId,
          clusterId: target.clusterId,
          instanceId: target.instanceId,
          workerName,
          serverVersionNum: target.serverVersionNum,
          state: 'ready',
        });
        return runId;
      },
      stanzaConfig: async () => {
        if (!options.stanzaConfigFile) throw new PlumblineError('not-found', 'The cluster has no stanza.');
        return options.stanzaConfigFile;
      },
      typedStanzaConfig: async () => {
        throw new PlumblineError('not-found', 'Nobody types anything in the harness.');
      },
      typedDumpKey: async () => {
        throw new PlumblineError('not-found', 'Nobody types anything in the harness.');
      },
      changeStanza: async ({ instanceId: _, repositories, ...change }) => {
        if (!options.stanza) return;
        Object.assign(options.stanza, change);
        if (!repositories) return;
        options.stanza.repositories = repositories.map((one) => ({
          ...one,
          id: randomUUID(),
          storageId: null,
        }));
      },
      keeping: options.keeping ?? nothingKept,
      copies: harnessCopies({ runId, folder: scratch.path, signal, copies: options.copies ?? new Map() }),
      scratchCluster: async ({ major, settings }) => {
        const cluster = await startScratchCluster({
          dir: `${runDir}/pg`,
          major,
          settings,
          user: toolUserName(),
          signal,
          log: (level, text) => result.log.push({ level, text }),
        });
        clusters.push(cluster);
        return cluster;
      },
    });
    const started: (typeof job.steps)[number][] = [];
    try {
      const ctx = contextOf(runOptions.signal ?? new AbortController().signal);
      for (const step of job.steps) {
        ctx.signal.throwIfAborted();
        started.push(step);
        let output = await step.run(ctx);
        if (step.name === runOptions.crashAfter) {
          const found = await step.probe?.(ctx);
          if (!found) throw new Error(`the probe of ${step.name} does not see what the step did`);
          output = found;
        }
        result.outputs[step.name] = JSON.parse(JSON.stringify(output)) as JsonObject;
      }
    } catch (error) {
      result.state = 'failed';
      result.error = error;
      const ctx = contextOf(new AbortController().signal);
      for (const step of started.reverse()) await step.cleanUp?.(ctx);
    }
    for (const cluster of clusters) await cluster.stop();
    removeTree(runDir);
    return result;
  };

  return { target, repositoryDir, backups, planContext, plan, run, close: scratch.remove };
}
