import type { JsonObject, Session, WorkloadStatement } from '@/lib/engine/define-job';
import { type Candidate, withoutExisting } from '@/lib/procedures/advice-candidates';
import { type AdviceTable, readAdviceTables } from '@/lib/procedures/advice-catalog';
import { chooseIndexes, HypoPg, type Refused, type Tried } from '@/lib/procedures/advice-proof';
import { type Asked, candidatesByTable, readStatements } from '@/lib/procedures/advice-workload';

/** An index that is advised, with what speaks for it and what it costs. */
export type IndexAdvice = {
  schema: string;
  table: string;
  definition: string;
  method: string;
  proven: boolean;
  /** Why it is not proven; null when it is. */
  unproven: string | null;
  bytes: number | null;
  tableBytes: number;
  tableRows: number;
  indexesNow: number;
  writesPerSecond: number | null;
  /** Key or predicate columns that statements update: such updates can no longer be HOT. */
  updatedColumns: string[];
  statements: { queryid: string; calls: number; costBefore: number | null; costAfter: number | null }[];
};

export type AdviceResult = {
  advice: IndexAdvice[];
  /** Statements that were read; of them those on tables that an index may help; of them those with a plan. */
  statements: number;
  relevant: number;
  planned: number;
  refused: { queryid: string; reason: string; mend: string | null }[];
  candidates: number;
  /** Why nothing could be proven, and what mends it. */
  unproven: { reason: string; mend: string } | null;
};

const candidatesPerTable = 40;
const refusalsAtMost = 50;

export interface AdviseOptions {
  workload: readonly WorkloadStatement[];
  serverVersionNum: number;
  signal: AbortSignal;
  progress(done: number, total: number, what: string): void;
}

/**
 * Finds indexes that the statements of a workload would use, and proves each: by the planner's cost of every statement
 * on its table, without and with it. Reads only; hypothetical indexes are of this session and gone at its end.
 */
export async function adviseIndexes(session: Session, options: AdviseOptions): Promise<AdviceResult> {
  const tables = await readAdviceTables(session);
  const refused: Refused[] = [];
  const asked = await readStatements(session, options.workload, tables, refused);
  const byTable = candidatesByTable(asked);
  const hypo = await HypoPg.open(session, options.serverVersionNum);
  const advice: IndexAdvice[] = [];
  const base = { statements: options.workload.length, relevant: asked.length, candidates: 0 };
  if ('reason' in hypo) {
    for (const [table, { plain, inverted }] of byTable) {
      const left = await withoutExisting([...plain, ...inverted]);
      base.candidates += left.length;
      for (const candidate of simplest(left)) advice.push(unproven(table, candidate, asked, hypo.reason));
    }
    return { ...base, advice, planned: 0, refused: refused.slice(0, refusalsAtMost), unproven: hypo };
  }
  try {
    await hypo.reset();
    const planned = await planAll(hypo, asked, refused, options.signal);
    let done = 0;
    for (const [table, { plain, inverted }] of byTable) {
      options.signal.throwIfAborted();
      options.progress(done, byTable.size, `${table.schema}.${table.name}`);
      done += 1;
      const touching = planned.filter(({ uses }) => uses.some((use) => use.table === table));
      const left = (await withoutExisting(plain)).slice(0, candidatesPerTable);
      base.candidates += left.length;
      const tried: Tried[] = [];
      for (const candidate of left) {
        options.signal.throwIfAborted();
        const answer = await hypo.tryIndex(candidate, touching);
        if (answer) tried.push({ candidate, ...answer });
      }
      for (const each of chooseIndexes(tried)) advice.push(proven(table, each, asked));
      const gins = await withoutExisting(inverted);
      base.candidates += gins.length;
      const why = 'HypoPG knows no GIN indexes: whether the planner would use it is not proven.';
      for (const candidate of gins) advice.push(unproven(table, candidate, asked, why));
    }
    return {
      ...base,
      advice,
      planned: planned.length,
      refused: refused.slice(0, refusalsAtMost),
      unproven: null,
    };
  } finally {
    // The session is closed by whoever opened it; then nothing is left anyway.
    await hypo.reset().catch(() => undefined);
  }
}

async function planAll(hypo: HypoPg, asked: readonly Asked[], refused: Refused[], signal: AbortSignal) {
  const planned: (Asked & { before: number })[] = [];
  for (const statement of asked) {
    signal.throwIfAborted();
    const answer = await hypo.cost(statement);
    if ('refused' in answer) refused.push(answer.refused);
    else planned.push({ ...statement, before: answer.cost });
  }
  return planned;
}

function about(table: AdviceTable, candidate: Candidate, asked: readonly Asked[]) {
  const written = new Set(
    asked.flatMap(({ uses }) => uses.filter((use) => use.table === table).flatMap((use) => [...use.written])),
  );
  return {
    schema: table.schema,
    table: table.name,
    definition: candidate.definition,
    method: candidate.method,
    tableBytes: table.bytes,
    tableRows: table.rows,
    indexesNow: table.indexes.length,
    writesPerSecond: table.writesPerSecond,
    updatedColumns: [...candidate.keys, ...candidate.included].filter((column) => written.has(column)),
  };
}

function proven(
  table: AdviceTable,
  { candidate, bytes, proofs }: Tried,
  asked: readonly Asked[],
): IndexAdvice {
  return {
    ...about(table, candidate, asked),
    proven: true,
    unproven: null,
    bytes,
    statements: proofs
      .filter(({ isUsed }) => isUsed)
      .map(({ queryid, calls, before, after }) => ({ queryid, calls, costBefore: before, costAfter: after }))
      .sort(
        (left, right) =>
          right.calls * (right.costBefore - right.costAfter) -
          left.calls * (left.costBefore - left.costAfter),
      ),
  };
}

function unproven(
  table: AdviceTable,
  candidate: Candidate,
  asked: readonly Asked[],
  why: string,
): IndexAdvice {
  const wanting = asked.filter(({ uses }) =>
    uses.some(
      (use) =>
        use.table === table &&
        candidate.keys.every(
          (key) =>
            use.contained.has(key) ||
            use.folded.has(key) ||
            use.equal.has(key) ||
            use.joined.has(key) ||
            use.ranges.has(key),
        ),
    ),
  );
  return {
    ...about(table, candidate, asked),
    proven: false,
    unproven: why,
    bytes: null,
    statements: wanting.map(({ queryid, calls }) => ({ queryid, calls, costBefore: null, costAfter: null })),
  };
}

/** Without a proof only what is plain is worth saying: the first full key of the table's heaviest statement, and GIN. */
function simplest(candidates: readonly Candidate[]): Candidate[] {
  const plain = candidates.filter(
    ({ method, included, isPartial }) => method === 'btree' && included.length === 0 && !isPartial,
  );
  return [...plain.slice(0, 1), ...candidates.filter(({ method }) => method === 'gin')];
}

/** What a result says of itself in a run's evidence: the advice without the texts of statements, which hold literals. */
export function adviceFacts(database: string, result: AdviceResult): JsonObject {
  return JSON.parse(JSON.stringify({ database, ...result })) as JsonObject;
}
