import type { AnswerRows } from '@/lib/contract/copies';
import type { Session } from '@/lib/engine/define-job';
import { countExactly, readTableFacts, type SeenTable } from '@/lib/procedures/copy-browse';
import { pairKey } from '@/lib/procedures/validation';

interface Options {
  /** Only this table, as [schema, name]. */
  only?: [string, string];
  exact: boolean;
  signal: AbortSignal;
}

/** In what two tables are built differently; empty when they are the same. */
function columnDifference(copy: SeenTable, live: SeenTable): string {
  const gone = copy.columns.filter((column) => !live.columns.includes(column));
  const added = live.columns.filter((column) => !copy.columns.includes(column));
  return [
    gone.length > 0 ? `only in the copy: ${gone.join(', ')}` : '',
    added.length > 0 ? `only live: ${added.join(', ')}` : '',
  ]
    .filter(Boolean)
    .join('; ');
}

/** What became of a table since the copy's moment, most telling first. */
function verdict(copy: SeenTable | undefined, live: SeenTable | undefined): [rank: number, words: string] {
  if (!live) return [0, 'gone: only in the copy'];
  if (!copy) return [3, 'new: only live'];
  const columns = columnDifference(copy, live);
  if (columns) return [1, `columns differ: ${columns}`];
  const isEmptied = (copy.rows ?? 0) > 0 && live.rows === 0;
  if (isEmptied) return [1, 'emptied'];
  if ((live.rows ?? 0) < (copy.rows ?? 0)) return [2, 'fewer rows live'];
  if ((live.rows ?? 0) > (copy.rows ?? 0)) return [4, 'more rows live'];
  return [5, 'same number of rows'];
}

/** Tables of a copy beside the live ones: missing, new, built differently, and rows of each. */
export async function compareTables(copy: Session, live: Session, options: Options): Promise<AnswerRows> {
  const { only, exact, signal } = options;
  const isWanted = (table: SeenTable) => !only || (table.schema === only[0] && table.name === only[1]);
  const [then, now] = await Promise.all([readTableFacts(copy), readTableFacts(live)]);
  const [ours, theirs] = [then.filter(isWanted), now.filter(isWanted)];
  const notes = exact
    ? (await Promise.all([countExactly(copy, ours, signal), countExactly(live, theirs, signal)])).flatMap(
        (said, place) => said.map((note) => `${place === 0 ? 'Copy' : 'Live'}: ${note}`),
      )
    : ['Rows are the planner’s estimates of both; count one table exactly before you decide.'];
  const key = (table: SeenTable) => pairKey(table.schema, table.name);
  const live_ = new Map(theirs.map((table) => [key(table), table]));
  const copied = new Map(ours.map((table) => [key(table), table]));
  const rows = [...new Set([...copied.keys(), ...live_.keys()])].map((id) => {
    const [before, after] = [copied.get(id), live_.get(id)];
    const [rank, words] = verdict(before, after);
    const table = (before ?? after) as SeenTable;
    const isExact = (before?.isExact ?? true) && (after?.isExact ?? true);
    const difference =
      before && after && before.rows !== null && after.rows !== null ? after.rows - before.rows : null;
    return {
      rank,
      cells: [
        table.schema,
        table.name,
        words,
        before?.rows ?? null,
        after?.rows ?? null,
        difference,
        isExact ? 'exactly' : 'estimate',
      ],
    };
  });
  rows.sort(
    (left, right) =>
      left.rank - right.rank ||
      Math.abs(Number(right.cells[5] ?? 0)) - Math.abs(Number(left.cells[5] ?? 0)) ||
      String(left.cells[1]).localeCompare(String(right.cells[1])),
  );
  return {
    columns: [
      { name: 'Schema', kind: 'text' },
      { name: 'Table', kind: 'text' },
      { name: 'What happened', kind: 'text' },
      { name: 'Rows in the copy', kind: 'count' },
      { name: 'Rows live', kind: 'count' },
      { name: 'Difference', kind: 'count' },
      { name: 'Counted', kind: 'text' },
    ],
    rows: rows.map(({ cells }) => cells),
    notes,
  };
}
