import type { Log } from '@/lib/base/server/log';
import type {
  AnyJob,
  JobDefinition,
  NewCopy,
  OpenCopy,
  PlanContext,
  PoolerCommands,
  Purpose,
} from '@/lib/engine/define-job';
import type { ObjectStore } from '@/lib/engine/object-store';
import type { Store } from '@/lib/store/db';
import type { Notifier } from '@/lib/store/notify';
import type { Held } from '@/lib/store/run-claims';
import type { GuardClient } from '@/workers/guard/guard-client';
import type { OpenLogin } from '@/workers/logins';
import type { PoolerLogin } from '@/workers/runner/pooler-desk';
import type { StanzaConfigs } from '@/workers/runner/stanza-config';

/** Places in a run where a test may end the process; nothing happens there otherwise. */
export type Failpoint = 'claimed' | 'step-begun' | 'step-effect' | 'step-done' | 'before-finish' | 'finished';

/** What planner, runner and janitor share. The catalogue is given, so that tests bring their own kinds. */
export interface RunnerDeps {
  db: Store;
  worker: { id: string; name: string; pools: readonly string[] };
  jobs: Record<string, AnyJob>;
  openLogin(instanceId: string, purpose: Purpose): Promise<OpenLogin>;
  /** Restored copies that stay up on this worker. */
  copies: {
    find(clusterId: string, copyId: string): Promise<OpenCopy>;
    directory(runId: string): string;
    open(held: Held, of: { clusterId: string }, copy: NewCopy): Promise<string>;
    close(clusterId: string, copyId: string): Promise<void>;
    discard(runId: string): Promise<void>;
  };
  /** Drills and copies may load this machine. */
  mayDrill: boolean;
  baseBackups: PlanContext['baseBackups'];
  /** Storages with their keys, and keys of dumps, opened for a step. */
  storages: {
    open(id: string): Promise<ObjectStore>;
    dumpKey(rowId: string, keyId: string): Promise<Uint8Array>;
    /** The key that somebody typed for a run, with the text as it was typed. */
    typedKey(of: { id: string; runId: string }): Promise<{ keyId: string; key: Uint8Array; text: string }>;
  };
  /** Attached PgBouncers: those before a server, and the opened login of one. */
  poolers: {
    of(instance: { id: string; clusterId: string }): ReturnType<PoolerCommands['list']>;
    login(id: string): Promise<PoolerLogin | undefined>;
  };
  /** Configuration files of pgBackRest on this worker. */
  stanzaConfigs: StanzaConfigs;
  /** Scratch directories of runs lie under it; short, since sockets lie there too. */
  workDir: string;
  repositoryDir: string;
  /** System user of children when we are root. */
  toolUser: string | undefined;
  leaseSeconds: number;
  beatSeconds: number;
  reconcileSeconds: number;
  guard: GuardClient;
  notifier: Notifier;
  log: Log;
  failpoint(point: Failpoint, step?: string): Promise<void> | void;
}

/** A definition by its id, its generics closed over: input and params were checked where they came in. */
export function findJob(jobs: RunnerDeps['jobs'], kind: string): JobDefinition | undefined {
  return Object.hasOwn(jobs, kind) ? (jobs[kind] as JobDefinition) : undefined;
}
