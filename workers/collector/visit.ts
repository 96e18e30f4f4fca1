import type { FindMeasured } from '@/lib/engine/bloat-measured';
import type { AnyCheck, CheckRow } from '@/lib/engine/define-check';
import type { JudgeContext } from '@/lib/engine/judge';
import { type CheckMemory, type Observation, observe } from '@/lib/engine/observe';
import { isOwnCheck } from '@/lib/engine/own-checks';
import type { InstanceSession } from '@/lib/instance/connect';
import { InstanceError } from '@/lib/instance/instance-error';
import {
  type CheckAnswer,
  type CheckSurroundings,
  failedAnswer,
  missingNeed,
  runCheck,
} from '@/lib/instance/run-check';
import type { NewCheckResult } from '@/lib/store/check-results';
import { askOwnCheck, ownBudgetMs } from '@/workers/collector/own-checks';
import type { Source, SourceAnswer } from '@/workers/collector/sources/source';

export interface NamedCheck {
  id: string;
  check: AnyCheck;
  /** Of checks that people write: moves with each change. */
  version?: number;
  /** Where it is asked, by names of cluster and database (empty: the whole instance); everywhere without it. */
  appliesTo?: (cluster: string, database: string) => boolean;
}

/** What came of one check in one visit; nothing of it counts until it is stored and `commit` is called. */
export interface Outcome {
  result: NewCheckResult;
  observation: Observation | undefined;
  store: SourceAnswer['store'];
  commit(): void;
  rollback(): void;
}

/** What an instance's collector remembers of its checks, by database and check. */
export class Memories {
  private readonly byName = new Map<string, CheckMemory>();

  private nameOf(checkId: string, database: string): string {
    return JSON.stringify([checkId, database]);
  }

  get(checkId: string, database: string): CheckMemory {
    return this.byName.get(this.nameOf(checkId, database)) ?? { states: new Map() };
  }

  set(checkId: string, database: string, memory: CheckMemory): void {
    this.byName.set(this.nameOf(checkId, database), memory);
  }

  /** After a change of the check: rows of the old one are no base for deltas; what stands open stays to be judged. */
  startAnew(checkId: string): void {
    for (const [name, { states }] of this.byName) {
      if ((JSON.parse(name) as [string, string])[0] === checkId) this.byName.set(name, { states });
    }
  }

  forget(checkId: string, database: string): void {
    this.byName.delete(this.nameOf(checkId, database));
  }
}

export interface VisitInput {
  session: InstanceSession;
  /** Empty on the maintenance database for checks of the whole instance. */
  database: string;
  due: readonly NamedCheck[];
  surroundings: CheckSurroundings;
  memories: Memories;
  sources: ReadonlyMap<string, Source>;
  context: JudgeContext;
  instanceId: string;
  peersOf(checkId: string, database: string): Promise<Record<string, CheckRow[]>>;
  /** Rows of the last reading as they are stored; undefined where there is none. */
  storedRows?(checkId: string, database: string): Promise<CheckRow[] | undefined>;
  /** What runs have measured of the files of a database. */
  measuredIn?(database: string): Promise<FindMeasured>;
}

/**
 * Runs all checks that are due on one connection, one transaction each. A check that fails is an outcome; only a lost
 * connection ends the visit, and what came before it is kept.
 *
 * @returns the outcomes, and the error that ended the visit early, if one did.
 */
export async function visit(
  input: VisitInput,
): Promise<{ outcomes: Outcome[]; lost: InstanceError | undefined }> {
  const outcomes: Outcome[] = [];
  let ownMs = 0;
  for (const each of input.due) {
    // They come after the catalogue's; what they leave over is due again at the next visit.
    if (isOwnCheck(each.id) && ownMs > ownBudgetMs) continue;
    const started = performance.now();
    try {
      outcomes.push(await runOne(input, each));
    } catch (error) {
      if (error instanceof InstanceError) return { outcomes, lost: error };
      throw error;
    }
    if (isOwnCheck(each.id)) ownMs += performance.now() - started;
    // An answer above the cap has closed the connection: the next check needs a new one.
    if (!input.session.isOpen()) break;
  }
  return { outcomes, lost: undefined };
}

async function runOne(input: VisitInput, { id, check }: NamedCheck): Promise<Outcome> {
  const { database, memories } = input;
  const { answer, store, commit, rollback } = await ask(input, id, check);
  const place = { checkId: id, database };
  if (answer.state !== 'ok') {
    const { state, reason, mend, durationMs, words } = answer;
    const result = { ...place, state, reason, mend, words, rows: undefined, durationMs };
    return { result, observation: undefined, store: undefined, commit: () => {}, rollback: () => {} };
  }
  const observation = observe({
    check,
    rows: answer.rows,
    memory: await memoryOf(input, id, check),
    serverEpoch: answer.serverEpoch,
    steadySeconds: performance.now() / 1000,
    peers: check.derive ? await input.peersOf(id, database) : {},
    measured: check.usesMeasurements && (await input.measuredIn?.(database)),
    context: input.context,
  });
  const rows = check.keep.includes('snapshot') ? observation.rows : [];
  return {
    result: {
      ...place,
      state: 'ok',
      reason: null,
      mend: null,
      rows,
      durationMs: answer.durationMs,
      keepRows: check.snapshotRows,
    },
    observation,
    store,
    commit: () => {
      memories.set(id, database, observation.memory);
      commit?.();
    },
    rollback: () => rollback?.(),
  };
}

async function memoryOf(input: VisitInput, id: string, check: AnyCheck): Promise<CheckMemory> {
  const memory = input.memories.get(id, input.database);
  if (!check.remembers || memory.rows) return memory;
  const rows = await input.storedRows?.(id, input.database);
  return rows ? { ...memory, rows } : memory;
}

async function ask(input: VisitInput, id: string, check: AnyCheck): Promise<SourceAnswer> {
  const { session, surroundings } = input;
  if (isOwnCheck(id)) return { answer: await askOwnCheck(session, check, surroundings) };
  if (check.rowsFrom === undefined) return { answer: await runCheck(session, check, surroundings) };
  const started = performance.now();
  const lacking = missingNeed(check, surroundings);
  if (lacking) return { answer: { state: 'unknown', ...lacking, durationMs: 0 } };
  const source = input.sources.get(check.rowsFrom);
  if (!source) {
    const answer: CheckAnswer = {
      state: 'error',
      reason: `The source ${check.rowsFrom} of the check ${id} is not known to this worker.`,
      mend: null,
      durationMs: 0,
    };
    return { answer };
  }
  try {
    return await source.collect({
      checkId: id,
      session,
      surroundings,
      instanceId: input.instanceId,
      timeoutMs: check.timeoutMs ?? 5_000,
    });
  } catch (error) {
    return { answer: failedAnswer(error, check, surroundings, performance.now() - started) };
  }
}
