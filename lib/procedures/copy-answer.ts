import type { AnswerRows } from '@/lib/contract/copies';
import type { SqlRow } from '@/lib/engine/define-job';

/** An answer's text is cut at 1 MiB, and half of it is no JSON: rows are left out before. */
const mostBytes = 900_000;
const longestCell = 2_000;

type Cell = AnswerRows['rows'][number][number];

/** Rows of an answer as text, with those left out that do not fit, which is said. */
export function answerText(answer: AnswerRows): string {
  const rows: Cell[][] = [];
  let bytes = 2_000;
  for (const row of answer.rows) {
    const cut = row.map((cell) =>
      typeof cell === 'string' && cell.length > longestCell ? `${cell.slice(0, longestCell)}…` : cell,
    );
    bytes += Buffer.byteLength(JSON.stringify(cut)) + 1;
    if (bytes > mostBytes) break;
    rows.push(cut);
  }
  const left = answer.rows.length - rows.length;
  const notes = left > 0 ? [...answer.notes, `${left} rows more do not fit into the answer.`] : answer.notes;
  return JSON.stringify({ ...answer, rows, notes });
}

/** Rows of a query in the order of the columns. */
export function cellsOf(rows: readonly SqlRow[], names: readonly string[]): Cell[][] {
  return rows.map((row) => names.map((name) => row[name] ?? null));
}
