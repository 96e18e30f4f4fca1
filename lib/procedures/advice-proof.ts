import type { Session } from '@/lib/engine/define-job';
import { qualified } from '@/lib/instance/quote';
import type { Candidate } from '@/lib/procedures/advice-candidates';
import { explain } from '@/lib/procedures/explain-statement';
import type { ParsedStatement } from '@/lib/procedures/statement-parse';

/** A statement that can be planned, with what planning it needs. */
export interface ProofStatement {
  queryid: string;
  text: string;
  parameters: number;
  statement: ParsedStatement;
  searchPath: string;
  calls: number;
  totalMs: number;
}

/** The planner's cost of a statement without and with a hypothetical index. */
export interface Proof {
  queryid: string;
  calls: number;
  before: number;
  after: number;
  /** The plan names the hypothetical index. */
  isUsed: boolean;
}

export interface Refused {
  queryid: string;
  reason: string;
  mend: string | null;
}

/** Below this cost a statement is quick enough as it is; an index must at least halve what a statement costs. */
const leastCost = 100;
const leastSaving = 0.5;
const explainTimeoutMs = 5_000;

interface Hypothetical {
  oid: number;
  name: string;
  bytes: number;
}

/** HypoPG (https://hypopg.readthedocs.io): indexes that only the planner of this session sees, and only in EXPLAIN. */
export class HypoPg {
  private constructor(
    private readonly session: Session,
    private readonly schema: string,
    private readonly serverVersionNum: number,
  ) {}

  /** Undefined where the extension is not in this database, or a pooler gives each transaction another session. */
  static async open(
    session: Session,
    serverVersionNum: number,
  ): Promise<HypoPg | { reason: string; mend: string }> {
    const [row] = await session.query(
      `select n.nspname::text as schema, pg_backend_pid() as pid
       from (select 1) as one
       left join pg_extension as e on e.extname = 'hypopg'
       left join pg_namespace as n on n.oid = e.extnamespace`,
    );
    if (Number(row?.pid) !== session.backendPid) {
      return {
        reason: 'A pooler stands between, and a hypothetical index lives in one session only.',
        mend: '-- give the operate login the address of the server itself, not of its pooler',
      };
    }
    if (!row || row.schema === null) {
      const major = Math.floor(serverVersionNum / 10_000);
      return {
        reason: 'HypoPG is not in this database, so nothing is proven.',
        mend: `-- Debian’s package postgresql-${major}-hypopg on the server, then in this database:\ncreate extension hypopg;`,
      };
    }
    return new HypoPg(session, String(row.schema), serverVersionNum);
  }

  private name(name: string): string {
    return qualified(this.schema, name);
  }

  private async create(definition: string): Promise<Hypothetical> {
    const [row] = await this.session.query(
      `select c.indexrelid as oid, c.indexname::text as name, ${this.name('hypopg_relation_size')}(c.indexrelid)::float8 as bytes
       from ${this.name('hypopg_create_index')}($1) as c`,
      [definition],
    );
    return { oid: Number(row?.oid), name: String(row?.name), bytes: Number(row?.bytes) };
  }

  /** Forgets every hypothetical index of the session. */
  async reset(): Promise<void> {
    await this.session.query(`select ${this.name('hypopg_reset')}()`);
  }

  /** The generic plan's cost, and the indexes that it names. */
  async cost(statement: ProofStatement): Promise<{ cost: number; indexes: string[] } | { refused: Refused }> {
    const explained = await explain(this.session, {
      text: statement.text,
      statement: statement.statement,
      mode: statement.parameters > 0 ? 'generic' : 'given',
      parameters: statement.parameters,
      values: [],
      searchPath: statement.searchPath,
      timeoutMs: explainTimeoutMs,
      serverVersionNum: this.serverVersionNum,
    });
    if ('refusal' in explained) {
      const { reason, mend } = explained.refusal;
      return { refused: { queryid: statement.queryid, reason, mend } };
    }
    const indexes = [...explained.plan.matchAll(/"Index Name": "((?:[^"\\]|\\.)*)"/g)].map((match) =>
      String(JSON.parse(`"${match[1]}"`)),
    );
    const cost = Number(/"Total Cost": ([\d.]+)/.exec(explained.plan)?.[1]);
    return { cost, indexes };
  }

  /** The costs of statements as if an index were there. @returns undefined where HypoPG cannot make such an index. */
  async tryIndex(
    candidate: Candidate,
    statements: readonly (ProofStatement & { before: number })[],
  ): Promise<{ bytes: number; proofs: Proof[] } | undefined> {
    let made: Hypothetical;
    try {
      made = await this.create(candidate.definition);
    } catch {
      return undefined;
    }
    try {
      const proofs: Proof[] = [];
      for (const statement of statements) {
        const { queryid, calls, before } = statement;
        const answer = await this.cost(statement);
        if ('refused' in answer) continue;
        proofs.push({
          queryid,
          calls,
          before,
          after: answer.cost,
          isUsed: answer.indexes.includes(made.name),
        });
      }
      return { bytes: made.bytes, proofs };
    } finally {
      await this.session.query(`select ${this.name('hypopg_drop_index')}($1::oid)`, [made.oid]);
    }
  }
}

/** What an index saves in planner cost over the window, beyond what other indexes save already. */
export function savingOf(proofs: readonly Proof[], costs: ReadonlyMap<string, number>): number {
  return proofs.reduce((sum, { queryid, calls, before, after, isUsed }) => {
    const now = Math.min(before, costs.get(queryid) ?? before);
    const pays = isUsed && now >= leastCost && now - after >= now * leastSaving;
    return sum + (pays ? calls * (now - after) : 0);
  }, 0);
}

export interface Tried {
  candidate: Candidate;
  bytes: number;
  proofs: Proof[];
}

const mostPerTable = 3;
/** What saves nearly as much and is simpler is better: fewer columns to write, more statements that it fits. */
const nearlyAsGood = 0.95;

const complexity = ({ candidate, bytes }: Tried) =>
  candidate.keys.length + 2 * candidate.included.length + (candidate.isPartial ? 0.5 : 0) + bytes / 1e15;

/** Of the tried indexes of one table the few that pay, best first; each must pay beside those before it. */
export function chooseIndexes(tried: readonly Tried[]): Tried[] {
  const chosen: Tried[] = [];
  const costs = new Map<string, number>();
  while (chosen.length < mostPerTable) {
    const savings = tried.map((each) => ({ each, saving: savingOf(each.proofs, costs) }));
    const best = Math.max(0, ...savings.map(({ saving }) => saving));
    if (best === 0) break;
    const good = savings.filter(({ saving }) => saving >= best * nearlyAsGood);
    good.sort((left, right) => complexity(left.each) - complexity(right.each) || right.saving - left.saving);
    const next = good[0]?.each;
    if (!next) break;
    chosen.push(next);
    for (const { queryid, after } of next.proofs)
      costs.set(queryid, Math.min(after, costs.get(queryid) ?? Number.POSITIVE_INFINITY));
  }
  return chosen;
}
