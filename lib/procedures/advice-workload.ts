import { PlumblineError } from '@/lib/base/errors';
import type { Session, WorkloadStatement } from '@/lib/engine/define-job';
import { type Candidate, candidatesOf, invertedCandidates } from '@/lib/procedures/advice-candidates';
import { type AdviceTable, partitionedTables, tableFinder } from '@/lib/procedures/advice-catalog';
import type { ProofStatement, Refused } from '@/lib/procedures/advice-proof';
import type { TableUse } from '@/lib/procedures/advice-scope';
import { tableUses } from '@/lib/procedures/advice-uses';
import { searchPathOf } from '@/lib/procedures/explain-statement';
import { parseTree } from '@/lib/procedures/sql-parse';
import { parseStatement } from '@/lib/procedures/statement-parse';
import { plannableText } from '@/lib/procedures/statement-text';

/** A statement of the workload with what it asks of tables. */
export interface Asked extends ProofStatement {
  uses: TableUse[];
}

/** Reads the statements that are about the given tables; why others could not be read goes to `refused`. */
export async function readStatements(
  session: Session,
  workload: readonly WorkloadStatement[],
  tables: readonly AdviceTable[],
  refused: Refused[],
): Promise<Asked[]> {
  const find = tableFinder(tables);
  const parted = await partitionedTables(session);
  const paths = new Map<string, string>();
  const asked: Asked[] = [];
  for (const { queryid, text, username, calls, totalMs } of workload) {
    try {
      const prepared = await plannableText(text);
      const [tree, parsed] = [await parseTree(prepared.text), await parseStatement(prepared.text)];
      if ('reason' in tree || 'refusal' in parsed) {
        // Utility statements have no plan, and nobody expects one.
        if ('reason' in tree) refused.push({ queryid, reason: tree.reason, mend: null });
        continue;
      }
      const uses = tableUses(tree.node, find);
      const partitioned = parsed.statement.relations.find(({ name }) => parted.has(name));
      if (uses.length === 0 && partitioned) {
        const reason = `The table ${partitioned.name} is partitioned: no hypothetical index can be tried on it.`;
        refused.push({ queryid, reason, mend: null });
      }
      if (uses.length === 0) continue;
      const searchPath = paths.get(username) ?? (await searchPathOf(session, username));
      paths.set(username, searchPath);
      const { parameters } = prepared;
      const { statement } = parsed;
      asked.push({ queryid, text: prepared.text, parameters, statement, searchPath, calls, totalMs, uses });
    } catch (error) {
      // What the server says, and a lost connection, is for the caller; a text too deep or broken is skipped.
      if (error instanceof PlumblineError) throw error;
      refused.push({ queryid, reason: 'Its text could not be read.', mend: null });
    }
  }
  return asked;
}

export interface TableCandidates {
  plain: Candidate[];
  inverted: Candidate[];
}

/** Candidates of every table, those of the heaviest statements first; weights say which column stands first. */
export function candidatesByTable(asked: readonly Asked[]): Map<AdviceTable, TableCandidates> {
  const weights = new Map<AdviceTable, Map<string, number>>();
  for (const { uses, totalMs } of asked) {
    for (const { table, equal, joined } of uses) {
      const ofTable = weights.get(table) ?? new Map<string, number>();
      for (const column of [...equal, ...joined]) ofTable.set(column, (ofTable.get(column) ?? 0) + totalMs);
      weights.set(table, ofTable);
    }
  }
  const found = new Map<AdviceTable, TableCandidates>();
  for (const use of asked.flatMap(({ uses }) => uses)) {
    const { table } = use;
    const known = found.get(table) ?? { plain: [], inverted: [] };
    const weight = (column: string) => weights.get(table)?.get(column) ?? 0;
    add(known.plain, candidatesOf(use, weight));
    add(known.inverted, invertedCandidates(use));
    found.set(table, known);
  }
  return found;
}

function add(list: Candidate[], more: readonly Candidate[]): void {
  const known = new Set(list.map(({ definition }) => definition));
  list.push(...more.filter(({ definition }) => !known.has(definition)));
}
