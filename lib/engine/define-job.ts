import type { z } from 'zod';
import type { ReadClass } from '@/lib/engine/can-read';
import type { CheckRow } from '@/lib/engine/define-check';
import type { Keeping, KeepingReads } from '@/lib/engine/keeping';
import type { Permission } from '@/lib/engine/roles';

/** The login of an instance that a job uses; `none` never connects. */
export type Purpose = 'watch' | 'backup' | 'operate';

/** After a crash: pure and idempotent steps repeat, probeable ones ask the world, `once` ones ask a person. */
export type StepSafety = 'pure' | 'idempotent' | 'probeable' | 'once';

/** JSON, since input, plan, outputs and evidence are stored rows. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** The server that a run is about, as it was when the worker looked. */
export interface Target {
  clusterId: string;
  clusterName: string;
  instanceId: string;
  instanceName: string;
  host: string;
  port: number;
  maintenanceDatabase: string;
  serverVersionNum: number;
  role: 'primary' | 'standby';
  systemIdentifier: string;
  timeline: number;
  /** What people said of the cluster: `production`, `staging` … */
  environment?: string;
  /** People depend on the cluster: what is risky needs a second person. */
  isProduction?: boolean;
  /** The cluster's objective of how much of the newest work may be lost. */
  rpoSeconds?: number;
  /** False only for a kind that `needsServer: false`: nobody answered, and this is what was last known. */
  isReachable?: boolean;
}

export interface QueryOptions {
  deadlineMs?: number;
  /**
   * Sends the text by the simple protocol, without values: `$1` in it is then no value of ours. That protocol takes
   * several statements at once, so the caller has made sure that the text is one.
   */
  simple?: true;
}

/** A bounded session of a watched server. Each query has a deadline in ms and the run's application_name. */
export interface Session {
  /** Rows with numbers as sent by the server (float8 → number, int8 → text); values are bound. */
  query(text: string, values?: readonly unknown[], options?: QueryOptions): Promise<SqlRow[]>;
  readonly backendPid: number;
  close(): Promise<void>;
}
export type SqlRow = Record<string, string | number | boolean | null>;

export interface ToolResult {
  exitCode: number | null;
  signal: string | null;
  /** The last lines of each stream (both capped): for errors and evidence, never the whole output. */
  stdoutTail: string;
  stderrTail: string;
  durationMs: number;
}

export interface ToolCall {
  /** Program name (`pg_dump`), found on this worker in the given server major; or an absolute path of ours. */
  program: string;
  major?: number;
  args: readonly string[];
  /**
   * The login to connect with. `--dbname=` with a quoted conninfo (host, port, user, database, TLS, passfile, the
   * run's application_name) becomes the first argument; the password is only in the 0600 passfile.
   */
  connect?: { purpose: Purpose; database: string };
  /** Extra environment; only names that the process allow-list knows are passed on. */
  env?: Record<string, string>;
  /**
   * For a program that takes no connection string and connects by itself (pgBackRest to the server's socket): this
   * login's password is in a 0600 file that PGPASSFILE names, for this host (or socket folder) and port alone.
   */
  passfile?: { purpose: Purpose; host: string; port: number };
  /** Lines of both streams as they come. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  deadlineMs?: number;
  /** Bytes of stdout are handed here instead of being read as lines. */
  onStdoutChunk?: (chunk: Buffer) => void | Promise<void>;
}

/** Rows of one server at its last good reading of a check. */
export interface ClusterRows {
  instanceName: string;
  role: 'primary' | 'standby' | 'unknown';
  rows: CheckRow[];
  /** ISO 8601. */
  observedAt: string;
}

/** What one statement did in a window, on all servers and for all users. */
export interface WorkloadStatement {
  queryid: string;
  /** Who ran it, or the one of several who spent the most time. */
  username: string;
  text: string;
  calls: number;
  totalMs: number;
}

/** What the console last knew of the target and its cluster: all there is of a server that is gone. Times are ISO 8601. */
export interface LastKnown {
  /** When the target last answered; null when it never did. */
  seenAt: string | null;
  /** Settings of the target that are not as they come; of one that is not whole, something secret was taken out. */
  settings: { name: string; value: string; source: string; isWhole: boolean }[];
  settingsAt: string | null;
  /** The other servers of the cluster that the console watches. */
  others: {
    name: string;
    host: string;
    port: number;
    role: 'primary' | 'standby' | 'unknown';
    seenAt: string | null;
    answers: boolean;
  }[];
  /** The last second that any repository was seen to bring back, on the server's own timeline. */
  reachableUntil: string | null;
}

/** The attached PgBouncers before the target, asked with the logins that were entered for them. */
export interface PoolerDesk {
  list(): Promise<{ id: string; name: string; host: string; port: number }[]>;
  /** Rows of a SHOW statement of its admin console, every value as text. */
  show(id: string, what: 'config' | 'databases'): Promise<Record<string, string | null>[]>;
  /** A session of a database behind it. */
  connect(id: string, database: string): Promise<Session>;
}

/** @throws InstanceError where its login may only look. */
export interface PoolerCommands extends PoolerDesk {
  tell(id: string, command: 'reload' | 'pause' | 'resume'): Promise<void>;
}

/** What planning may use: everything that reads, nothing that writes. */
export interface PlanContext {
  target: Target;
  connect(purpose: Purpose, database?: string): Promise<Session>;
  /** The path of a program of a server major on this worker, or undefined. */
  findProgram(program: string, major: number): Promise<string | undefined>;
  /** Free bytes of a folder of ours on this worker. */
  freeBytes(folder: 'repository' | 'scratch'): Promise<number>;
  repositoryDir: string;
  /** Backups and evidence that are already stored, newest first. */
  findBackup(backupId: string): Promise<BackupRecord | undefined>;
  /** The newest backup of the cluster that is ready and on this worker, of one database or of any. */
  newestBackup?(database?: string): Promise<BackupRecord | undefined>;
  /** What is kept of the cluster, for how long, and where else. */
  keeping: KeepingReads;
  /** Backup sets of the cluster's stanza that are ready, newest first. */
  physicalBackups(): Promise<BackupRecord[]>;
  /** Whether drills may load this worker's machine. */
  mayDrill: boolean;
  /** The worker's folder of base backups that other tools make, and its command that fetches WAL for them. */
  baseBackups: { folder: string | null; fetchCommand: string };
  /** What a check last saw on each active server of the cluster, in one database. */
  clusterRows(checkId: string, database: string): Promise<ClusterRows[]>;
  lastKnown(): Promise<LastKnown>;
  poolers: PoolerDesk;
  /** Which files the tables of a database had when, as far as it was watched; the newest first. */
  relationFiles(database: string): Promise<KnownFile[]>;
  /** The heaviest statements of a database on all servers of the cluster over so many hours, most time first. */
  workload(wanted: { database: string; hours: number; limit: number }): Promise<WorkloadStatement[]>;
  /** Seconds that the finished runs of this kind on this target took, newest first, at most 20. */
  pastDurations(): Promise<number[]>;
  /** Seconds that drills of the whole server took to bring it up (checks left out), newest first, at most 20. */
  drillSeconds(): Promise<number[]>;
  /** The cluster's stanza of pgBackRest, unless it has none or it was retired. */
  stanza(): Promise<StanzaRecord | undefined>;
  /** The path of its configuration file on this worker: where `StepContext.stanzaConfig` writes it, or its own. */
  stanzaConfigPath(stanza: Pick<StanzaRecord, 'id' | 'configPath'>): string;
  /** The text of the file that would be written for this server, each secret replaced by a word: for review. */
  reviewStanza(server: StanzaServer): Promise<string>;
  /** A copy that an earlier run left open on this worker. @throws PlumblineError `not-found`, `conflict` when it is not here or not open. */
  copy(copyId: string): Promise<OpenCopy>;
  /** What is known of a pass that somebody typed for one plan; never the pass. Undefined when there is none of this id. */
  typedCopy(id: string): Promise<TypedCopy | undefined>;
  signal: AbortSignal;
  workerName: string;
}

/** A file that a table had between two looks; WAL knows tables by it alone. */
export interface KnownFile {
  databaseOid: string;
  oid: string;
  /** `schema.name`. */
  table: string;
  filenode: string;
  /** ISO 8601. */
  seenFrom: string;
  /** Null: it has it still, as far as is known. */
  seenUntil: string | null;
}

/** The kept copy of a pass or key as somebody typed it, sealed to the workers for one plan and its run. */
export interface TypedCopy {
  id: string;
  /** What it is of: a repository, or a key of dumps by its row. */
  repositoryId: string | null;
  dumpKeyId: string | null;
  /** SHA-256 of the place that it may open; null when that is no longer there. */
  destination: string | null;
  typedByName: string;
  /** ISO 8601. Without a run it is gone by then. */
  expiresAt: string;
  /** Why it cannot be used any more. */
  goneWhy: string | null;
}

/** A stanza of pgBackRest as set up: what the worker of its host needs to name it in argv. */
export interface StanzaRecord {
  id: string;
  clusterId: string;
  /** The server whose files it saves. */
  instanceId: string;
  name: string;
  state: 'draft' | 'active';
  /** False for one that was set up by somebody else: its configuration and retention are theirs. */
  isManaged: boolean;
  workerName: string | null;
  dataDirectory: string | null;
  /** Of an adopted one: its own configuration file on the host. */
  configPath: string | null;
  repositories: StanzaRepository[];
  facts: JsonObject;
}

/** Where the server of a stanza is on its host. */
export type StanzaServer = { dataDirectory: string; port: number; socketDirectory: string; user: string };

/** What a run writes down of its cluster's stanza. */
export interface StanzaChange {
  state?: 'draft' | 'active';
  isManaged?: boolean;
  name?: string;
  instanceId?: string;
  dataDirectory?: string;
  facts?: JsonObject;
  /** Of an adopted one, as its own configuration says; those that it no longer names are removed. */
  repositories?: { ordinal: number; path: string; isEncrypted: boolean; options: JsonObject }[];
}

export interface StanzaRepository {
  id: string;
  /** pgBackRest's number: repo1, repo2 … */
  ordinal: number;
  /** Undefined: on a disk of the host. */
  storageId: string | null;
  path: string;
  isEncrypted: boolean;
  options: JsonObject;
}

/** A restored copy that should stay up: everything of it is in the directory that the run was given for it. */
export interface NewCopy {
  backupId: string | null;
  major: number;
  target: JsonObject;
  mode: 'paused' | 'promoted';
  /** The moment that it stands at. */
  reached: JsonObject;
  /** What a later start of its server needs. */
  facts: { superuser: string; segmentBytes: number } & JsonObject;
  /** ISO 8601. */
  expiresAt: string;
}

/** What a step may do with copies that stay up. A copy has the id of the run that made it. */
export interface CopyDesk {
  /** The marked directory for this run's copy on this worker; the same at each call. */
  directory(): string;
  /** Registers the copy and starts its server as the worker's own: it outlives the run. Waits until it is up. */
  open(copy: NewCopy): Promise<string>;
  /** Ends a copy's server and removes its files. */
  close(copyId: string): Promise<void>;
  /** Removes what this run has made of a copy that never opened. */
  discard(): Promise<void>;
}

/** A server over a restored copy that stays up after the run that made it. */
export interface OpenCopy {
  id: string;
  /** `paused` is in recovery at its moment and takes reads only. */
  mode: 'paused' | 'promoted';
  major: number;
  directory: string;
  socketDir: string;
  port: number;
  user: string;
  connect(database?: string): Promise<Session>;
}

export interface PlannedAct {
  /** The step that does it. */
  step: string;
  /** Exactly what will be run: SQL text or argv, with `{runDir}` left open. */
  sql?: string;
  argv?: readonly string[];
  /** The login or system user that it runs as, for the reader. */
  as?: string;
}

/** The stored dry run. Only `acts` and `params` are part of the hash: estimates may change from minute to minute. */
export interface PlanDraft<P extends JsonObject = JsonObject> {
  /** One sentence: what will be done to what. */
  summary: string;
  acts: PlannedAct[];
  /** What the steps need and what must not change after approval. */
  params: P;
  warnings: string[];
  /** Why it cannot run now, each with what would mend it. A plan with blockers cannot be started. */
  blockers: { message: string; next: string }[];
  /** Shown, never hashed: sizes, seconds, sessions that it waits for. */
  estimates: { label: string; value: number | null; unit: 'seconds' | 'bytes' | 'count'; note?: string }[];
  /** Rows worth seeing before deciding: old transactions, victims, ranges. */
  tables?: {
    title: string;
    columns: string[];
    rows: (string | number | null)[][];
    /** Columns with text of statements: only people who may see literals get them. */
    literals?: string[];
  }[];
}

export interface BackupRecord {
  id: string;
  clusterId: string;
  instanceId: string | null;
  type: 'logical' | 'physical';
  database: string | null;
  path: string;
  workerName: string;
  bytes: number;
  serverVersionNum: number;
  facts: JsonObject;
  state: 'ready' | 'expired' | 'missing' | 'gone';
  startedAt: string;
  finishedAt: string;
  method: 'dump' | 'full' | 'diff' | 'incr' | null;
  /** Of a physical one: where pgBackRest knows it by this label. */
  stanzaId: string | null;
  repository: number | null;
  label: string | null;
  /** Labels that it cannot be restored without. */
  dependsOn: string[];
  timeline: number | null;
  walFirst: string | null;
  walLast: string | null;
  /** The tool found damaged pages: it is kept, never counted as good. */
  hasErrors: boolean;
}

/** Either a dump of one database or a backup set of a whole server. */
export type NewBackup = NewDump | NewBackupSet;

interface SavedFiles {
  path: string;
  bytes: number;
  startedAt: string;
  finishedAt: string;
  facts: JsonObject;
}

export interface NewDump extends SavedFiles {
  type: 'logical';
  database: string;
}

export interface NewBackupSet extends SavedFiles {
  type: 'physical';
  method: 'full' | 'diff' | 'incr';
  stanzaId: string;
  repository: number;
  label: string;
  dependsOn: string[];
  timeline: number;
  walFirst: string;
  walLast: string;
  hasErrors: boolean;
}

/** How the answer of a kind that only reads is drawn. Pages find such a kind by it, never by its name. */
export type AnswerForm = 'statement-plan' | 'text' | 'rows';

/** What the restore page offers a kind for: it finds the kind by this, never by its name. */
export type RecoveryUse =
  | 'moment'
  | 'copy'
  | 'browse'
  | 'compare'
  | 'ask'
  | 'close'
  | 'table'
  | 'database'
  | 'swap'
  | 'drop'
  | 'cluster'
  | 'exchange'
  | 'repoint';

/** What a kind that only reads gives to the person who asked: see `StepContext.answer`. */
export interface ReadAnswer {
  /** What a page draws; 64 KiB of JSON at most. */
  facts: JsonObject;
  /** As long as it is; what is over 1 MiB is cut off, and the page says so. */
  text?: string;
}

export interface NewEvidence {
  /** What kind of proof: `drill`, `backup`, `index-size` … A criterion asks for it by this name. */
  type: string;
  verdict: 'pass' | 'partial' | 'fail' | 'info';
  title: string;
  database?: string;
  backupId?: string;
  /** Shown side by side where a run stores one `before` and one `after` of the same title. */
  phase?: 'before' | 'after';
  facts: JsonObject;
}

/** What a step may use. Every write of it to our store says the run's epoch and is refused when that has passed. */
export interface StepContext<I = unknown, P extends JsonObject = JsonObject> extends PlanContext {
  runId: string;
  epoch: number;
  input: I;
  params: P;
  /** Outputs of finished steps, by step name. */
  outputs: Record<string, JsonObject>;
  /** This epoch's own directory under the worker's scratch folder: marked as ours and removed at the end. */
  runDir: string;
  log(level: 'info' | 'warn' | 'error', text: string): void;
  /** Work done so far, in any unit, of a total that may be unknown. */
  progress(done: number, total: number | null, what: string): void;
  tool(call: ToolCall): Promise<ToolResult>;
  evidence(evidence: NewEvidence): Promise<string>;
  /**
   * Of a kind that `answers`: gives its answer. It may hold people's data, so it is stored apart from log and evidence,
   * shown to those only who may run the kind, and gone in minutes. A second one replaces the first.
   */
  answer(answer: ReadAnswer): Promise<void>;
  /** Registers a backup that is complete at its final path; id is the run's id, so that a repeat is harmless. */
  backup(backup: NewBackup): Promise<string>;
  /**
   * Writes the configuration of the cluster's stanza with its secrets opened, for the tools' user alone, and gives its
   * path. An adopted stanza keeps its own file. @throws PlumblineError `not-found` without a stanza, `conflict` when a
   * secret cannot be opened.
   */
  stanzaConfig(): Promise<string>;
  /**
   * Writes, below this run's directory, a configuration of pgBackRest that knows one repository, opened by what somebody
   * typed and by no pass that is stored; gives its path. @throws PlumblineError `conflict` when the typed copy is gone or
   * was typed for another place.
   */
  typedStanzaConfig(typedCopyId: string): Promise<string>;
  /** The key of dumps that somebody typed for this run, 32 bytes. @throws PlumblineError `conflict` when it is gone. */
  typedDumpKey(typedCopyId: string): Promise<{ keyId: string; key: Uint8Array }>;
  /** Writes down what was found out about the cluster's stanza or was made of it. */
  changeStanza(change: StanzaChange): Promise<void>;
  copies: CopyDesk;
  poolers: PoolerCommands;
  keeping: Keeping;
  /** A running server over this run's own directory, stopped and removed with the run. */
  scratchCluster(options: { major: number; settings?: Record<string, string> }): Promise<ScratchCluster>;
}

export interface ScratchCluster {
  major: number;
  socketDir: string;
  port: number;
  user: string;
  connect(database?: string): Promise<Session>;
  stop(): Promise<void>;
}

export interface StepDefinition<I = unknown, P extends JsonObject = JsonObject> {
  name: string;
  title: string;
  safety: StepSafety;
  /** Cancel is refused from here on, and the page marks the line. */
  pointOfNoReturn?: true;
  /**
   * The effect is fenced at its own resource (own directory): a blip of our database does not end it, and its result is
   * written when the database is back. Its tools outlive their worker: the step is repeated by the next one on the same
   * host, in the same `runDir`, and the same call is answered by the child that already runs or has ended. So what the
   * step does before a call must be harmless beside that child. Tools with `onStdoutChunk` and scratch servers end with
   * their worker, and so does everything of a `once` step, which nobody repeats without a person's word.
   */
  onLeaseLost?: 'continue';
  run(ctx: StepContext<I, P>): Promise<JsonObject>;
  /** For `probeable`: was it done? The output if so; undefined to run it (again). */
  probe?(ctx: StepContext<I, P>): Promise<JsonObject | undefined>;
  /** Puts away what the step has left, after failure or cancel; must be repeatable. Its ctx.signal is a fresh one. */
  cleanUp?(ctx: StepContext<I, P>): Promise<void>;
}

export interface JobDefinition<S extends z.ZodObject = z.ZodObject, P extends JsonObject = JsonObject> {
  title: string;
  /** What it does for whom, in a sentence or two. */
  summary: string;
  /** Raise it whenever steps or the meaning of the input change: approvals of the old one no longer hold. */
  version: number;
  risk: 'read' | 'low' | 'high';
  permission: Permission;
  as: Purpose;
  runsOn: 'primary' | 'standby' | 'any';
  /**
   * Of a heavy read that runs on `any`: where nobody names a server it goes to a standby that may serve reads of this
   * class when it is planned, else to the primary.
   */
  prefers?: ReadClass;
  /** Queued runs that share a key wait for each other. `{cluster}`-like names are for the caller to fill in. */
  locks(input: z.infer<S>, target: { clusterId: string; instanceId: string }): string[];
  /** JSON-shaped (no Date, no BigInt, no transforms): the page builds the form from its JSON schema. */
  input: S;
  /** How the form offers values: field → where choices come from. */
  choices?: Partial<Record<keyof z.infer<S> & string, ChoiceSource>>;
  plan(ctx: PlanContext, input: z.infer<S>): Promise<PlanDraft<P>>;
  steps: readonly StepDefinition<z.infer<S>, P>[];
  undo:
    | {
        job: string;
        label: string;
        input: (outputs: Record<string, JsonObject>, input: z.infer<S>) => JsonObject;
      }
    | { none: string };
  /**
   * `host`: only the worker that has proven to run beside the server can do it, since it touches the server's files.
   * `drills`: any worker that is marked for drills and reaches the backup.
   */
  where?: 'host' | 'drills';
  /** It works from what is saved alone: a dead server is no blocker, and `target.isReachable` says which it is. */
  needsServer?: false;
  /**
   * What has to follow when it has succeeded: that is planned by itself. A follower of low risk that makes sense on a
   * schedule starts without a further word, as it would there; any other waits for a person.
   */
  next?: {
    job: string;
    input: (outputs: Record<string, JsonObject>, input: z.infer<S>) => JsonObject;
  };
  /** Whether it makes sense on a schedule. */
  schedulable?: true;
  /**
   * Of a high risk that no schedule starts: on a production cluster another person with the kind's permission approves
   * exactly this plan first, or a dba breaks the glass and is reviewed.
   */
  twoPeople?: true;
  /** Of `risk: 'read'`, and only of it: the form of its answer. Its input is forgotten together with the answer. */
  answers?: AnswerForm;
  /** The type of evidence that a page shows of it: the page finds the kind by this, never by its name. */
  shows?: string;
  recovers?: RecoveryUse;
}

/** Where a form takes its choices: the catalogue of the cluster as checks last saw it, or stored backups. */
export type ChoiceSource =
  | { from: 'databases' }
  /** Dumps unless it says physical. */
  | { from: 'backups'; type?: 'logical' | 'physical' }
  | { from: 'copies' }
  | { from: 'storages' }
  /** Backups with a whole copy in a storage, also those whose own files are gone. */
  | { from: 'uploads' }
  /**
   * Not chosen but typed from where it is kept: the pass of the repository whose number is in the field `by`, or the key
   * that has encrypted the uploaded dump that it names.
   */
  | { from: 'typed-copy'; of: 'repository' | 'dump-key'; by: string }
  | { from: 'rows'; check: string; column: string };

export function defineJob<S extends z.ZodObject, P extends JsonObject>(
  definition: JobDefinition<S, P>,
): JobDefinition<S, P> {
  return definition;
}

/** Any job kind, as the interpreters see it. Variance of input and params is closed over by `defineJob`. */
export type AnyJob = JobDefinition<z.ZodObject, never> | JobDefinition;
