import { statfs } from 'node:fs/promises';
import { PlumblineError } from '@/lib/base/errors';
import type {
  JobDefinition,
  JsonObject,
  PlanContext,
  Purpose,
  ScratchCluster,
  Session,
  StepContext,
  Target,
} from '@/lib/engine/define-job';
import { connectInstance } from '@/lib/instance/connect';
import { startScratchCluster } from '@/lib/procedures/scratch-cluster';
import { findBackup, newestBackup, physicalBackups, storeBackup } from '@/lib/store/backups';
import { clusterRows } from '@/lib/store/check-results';
import { drillSeconds, storeEvidence } from '@/lib/store/evidence';
import { lastKnown } from '@/lib/store/last-known';
import { storeAnswer } from '@/lib/store/read-answers';
import { relationFiles } from '@/lib/store/relation-files';
import { pastDurations } from '@/lib/store/runs';
import { changeStanza, stanzaOfCluster } from '@/lib/store/stanzas';
import { readWorkload } from '@/lib/store/workload';
import { typedConfigFolder } from '@/lib/tools/pgbackrest/typed-config';
import type { OpenLogin } from '@/workers/logins';
import type { RunnerDeps } from '@/workers/runner/deps';
import type { Hold } from '@/workers/runner/hold';
import { keeping, keepingReads } from '@/workers/runner/keeping';
import { poolerDesk } from '@/workers/runner/pooler-desk';
import type { RunDirectory } from '@/workers/runner/run-directory';
import type { RunLogWriter } from '@/workers/runner/run-log-writer';
import type { SpooledTools } from '@/workers/runner/spooled-tool';
import { callTool, pathOfProgram } from '@/workers/runner/tool-call';
import { typedCopyOf } from '@/workers/runner/typed-copy';

/** Sessions that were opened through a context, to be closed with it. */
export interface Opened {
  closeAll(): Promise<void>;
}

interface PlanParts {
  deps: RunnerDeps;
  kind: string;
  target: Target;
  applicationName: string;
  signal: AbortSignal;
  /** Asked before each thing that reaches out; throws when the hold on the run is lost. */
  check(): void;
  onLogin?(login: OpenLogin): void;
}

/** Connects with the login of a purpose; the session refuses to work for a holder whose lease has passed. */
async function openSession(parts: PlanParts, purpose: Purpose, database?: string): Promise<Session> {
  parts.check();
  const login = await parts.deps.openLogin(parts.target.instanceId, purpose);
  parts.onLogin?.(login);
  const session = await connectInstance({
    ...login,
    database: database ?? login.database,
    applicationName: parts.applicationName,
    connectTimeoutMs: 10_000,
    signal: parts.signal,
  });
  return {
    backendPid: session.backendPid,
    query: (text, values, options) => {
      try {
        parts.check();
      } catch (error) {
        return Promise.reject(error);
      }
      return session.query(text, values, options);
    },
    close: () => session.close(),
  };
}

/** What planning may use: it reads, and nothing that it gets can write to us. */
export function planContext(parts: PlanParts): PlanContext & Opened & Pick<StepContext, 'poolers'> {
  const { deps, target } = parts;
  const open = new Set<Session>();
  const desk = poolerDesk({
    list: () => deps.poolers.of({ id: target.instanceId, clusterId: target.clusterId }),
    login: (id) => deps.poolers.login(id),
    applicationName: parts.applicationName,
    signal: parts.signal,
  });
  return {
    target,
    connect: async (purpose, database) => {
      const session = await openSession(parts, purpose, database);
      open.add(session);
      return session;
    },
    findProgram: pathOfProgram,
    freeBytes: async (folder) => {
      const facts = await statfs(folder === 'repository' ? deps.repositoryDir : deps.workDir);
      return facts.bavail * facts.bsize;
    },
    repositoryDir: deps.repositoryDir,
    findBackup: (id) => findBackup(deps.db, id),
    newestBackup: (database) =>
      newestBackup(deps.db, { clusterId: target.clusterId, workerName: deps.worker.name, database }),
    keeping: keepingReads(deps, target.clusterId),
    physicalBackups: () => physicalBackups(deps.db, target.clusterId),
    mayDrill: deps.mayDrill,
    baseBackups: deps.baseBackups,
    clusterRows: (checkId, database) => clusterRows(deps.db, target.clusterId, checkId, database),
    poolers: desk,
    lastKnown: () => lastKnown(deps.db, target),
    relationFiles: (database) => relationFiles(deps.db, target.clusterId, database),
    workload: ({ database, hours, limit }) => {
      const now = Date.now();
      const [from, to] = [now - hours * 3_600_000, now].map((at) => new Date(at).toISOString());
      return readWorkload(deps.db, target.clusterId, { database, from: from ?? '', to: to ?? '', limit });
    },
    pastDurations: () => pastDurations(deps.db, parts.kind, target.clusterId),
    drillSeconds: () => drillSeconds(deps.db, target.clusterId),
    stanza: () => stanzaOfCluster(deps.db, target.clusterId),
    reviewStanza: async (server) =>
      deps.stanzaConfigs.review(await stanzaOfCluster(deps.db, target.clusterId), server),
    stanzaConfigPath: (stanza) => deps.stanzaConfigs.pathOf(stanza),
    copy: (id) => deps.copies.find(target.clusterId, id),
    typedCopy: (id) => typedCopyOf(deps.db, target.clusterId, id),
    signal: parts.signal,
    workerName: deps.worker.name,
    closeAll: async () => {
      await Promise.allSettled([...open].map((session) => session.close()));
      open.clear();
    },
  };
}

export interface StepParts {
  deps: RunnerDeps;
  definition: JobDefinition;
  kind: string;
  hold: Hold;
  target: Target;
  step: string;
  input: JsonObject;
  params: JsonObject;
  outputs: Record<string, JsonObject>;
  directory: RunDirectory;
  logWriter: RunLogWriter;
  signal: AbortSignal;
  scratch: ScratchHolder;
  spooled: SpooledTools;
}

/** The one scratch server of a run's epoch: a later step goes on with it; it is stopped with the run at the latest. */
export class ScratchHolder {
  private server: ScratchCluster | undefined;

  /** `signal` is the run's: a later step uses the server too. */
  constructor(private readonly signal: AbortSignal) {}

  async open(
    start: { major: number; settings?: Record<string, string> } & Pick<
      Parameters<typeof startScratchCluster>[0],
      'dir' | 'user' | 'log' | 'applicationName'
    >,
  ): Promise<ScratchCluster> {
    if (this.server && this.server.major !== start.major) {
      throw new PlumblineError('internal', 'A run has one scratch server; stop it before the next.');
    }
    if (this.server) return this.server;
    const server = await startScratchCluster({ ...start, signal: this.signal });
    this.server = {
      ...server,
      stop: async () => {
        this.server = undefined;
        await server.stop();
      },
    };
    return this.server;
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }
}

/** Ends the application_name of sessions whose program may outlive its worker. */
export const spooledSuffix = '/child';

export function applicationNameOf(runId: string, epoch: number): string {
  return `plumbline/${runId}/${epoch}`;
}

/** What a step may use. The sessions it opens are closed by `closeAll` at its end. */
export function stepContext(parts: StepParts): StepContext & Opened {
  const { deps, hold, target, logWriter, directory, signal } = parts;
  const { held } = hold;
  const applicationName = applicationNameOf(held.runId, held.epoch);
  const check = () => hold.check();
  const onLogin = (login: OpenLogin) => void logWriter.secrets.add(login.password);
  const plan = planContext({ deps, kind: parts.kind, target, applicationName, signal, check, onLogin });
  const log: StepContext['log'] = (level, text) => logWriter.write(level, parts.step, text);
  const passfile = new Set<string>();
  return {
    ...plan,
    keeping: keeping(deps, target.clusterId, held),
    runId: held.runId,
    epoch: held.epoch,
    input: parts.input,
    params: parts.params,
    outputs: parts.outputs,
    runDir: directory.path,
    log,
    progress: (done, total, what) => logWriter.progress(parts.step, done, total, what),
    tool: async (call) => {
      check();
      const purpose = call.connect?.purpose ?? call.passfile?.purpose;
      const login = purpose ? await deps.openLogin(target.instanceId, purpose) : undefined;
      if (login) onLogin(login);
      check();
      // Bytes that a worker takes in cannot be answered for by a later one.
      const isSpooled = hold.doesContinue && !call.onStdoutChunk;
      return callTool(
        call,
        {
          ...{ runDir: directory.path, user: deps.toolUser, signal, log, passfile },
          applicationName: isSpooled ? `${applicationName}${spooledSuffix}` : applicationName,
          ...(isSpooled && { run: (options) => parts.spooled.run(parts.step, call, options, log) }),
        },
        login,
      );
    },
    evidence: (evidence) => {
      const of = { clusterId: target.clusterId, instanceId: target.instanceId, step: parts.step };
      return storeEvidence(deps.db, held, of, evidence);
    },
    answer: async (answer) => {
      if (!parts.definition.answers) throw new Error(`${parts.kind} does not say that it answers`);
      await storeAnswer(deps.db, held, answer);
    },
    backup: (backup) => {
      const { clusterId, instanceId, serverVersionNum } = target;
      const of = { clusterId, instanceId, serverVersionNum, workerName: deps.worker.name };
      return storeBackup(deps.db, held, of, backup);
    },
    stanzaConfig: async () => {
      check();
      const stanza = await stanzaOfCluster(deps.db, target.clusterId);
      return deps.stanzaConfigs.write(stanza, (secret) => void logWriter.secrets.add(secret));
    },
    typedStanzaConfig: async (id) => {
      check();
      const stanza = await stanzaOfCluster(deps.db, target.clusterId);
      const of = { id, runId: held.runId, directory: `${directory.path}/${typedConfigFolder}` };
      return deps.stanzaConfigs.writeTyped(stanza, of, (secret) => void logWriter.secrets.add(secret));
    },
    typedDumpKey: async (id) => {
      check();
      const { text, ...typed } = await deps.storages.typedKey({ id, runId: held.runId });
      logWriter.secrets.add(text);
      return typed;
    },
    changeStanza: async (change) => {
      const stanza = await stanzaOfCluster(deps.db, target.clusterId);
      if (stanza) await changeStanza(deps.db, held, stanza.id, deps.worker.name, change);
    },
    copies: {
      directory: () => deps.copies.directory(held.runId),
      open: (copy) => deps.copies.open(held, { clusterId: target.clusterId }, copy),
      close: (copyId) => deps.copies.close(target.clusterId, copyId),
      discard: () => deps.copies.discard(held.runId),
    },
    scratchCluster: (options) => {
      check();
      const dir = `${directory.path}/pg`;
      return parts.scratch.open({ ...options, dir, user: deps.toolUser, log, applicationName });
    },
    closeAll: plan.closeAll,
  };
}
