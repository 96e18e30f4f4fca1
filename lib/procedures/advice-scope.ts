import type { AdviceTable } from '@/lib/procedures/advice-catalog';
import { isNode, listOf, namesOf, part, type SqlNode } from '@/lib/procedures/sql-parse';

export interface OrderPart {
  column: string;
  descending: boolean;
  nullsFirst: boolean;
}

/** What one level of a statement asks of one table. Columns by name, each once. */
export interface TableUse {
  table: AdviceTable;
  /** Compared for equality with something that is known before the table is read. */
  equal: Set<string>;
  /** Compared for equality with a column of another table. */
  joined: Set<string>;
  ranges: Set<string>;
  /** Compared for equality in lower or upper case. */
  folded: Map<string, 'lower' | 'upper'>;
  /** The order that is wanted, when it is of this table alone. */
  order: OrderPart[];
  hasLimit: boolean;
  /** Conditions without a constant: `deleted_at is null`, `active`, `not done`. */
  conditions: Map<string, 'is null' | 'is not null' | 'is true' | 'is false'>;
  /** Asked by an operator that only an inverted index serves. */
  contained: Map<string, string>;
  /** Every column of it that the level names; undefined when it wants all. */
  columns: Set<string> | undefined;
  /** Columns that an update writes. */
  written: Set<string>;
}

/** A name of a level → its table's use; undefined for what is no table (a subquery, a function). */
export type Scope = Map<string, TableUse | undefined>;

const rangeOperators = new Set(['<', '<=', '>', '>=']);
const invertedOperators = new Set(['@>', '<@', '?', '?|', '?&', '&&', '@@', '@?']);

/** A use that asks for nothing yet. */
export function newUse(table: AdviceTable): TableUse {
  return {
    table,
    equal: new Set(),
    joined: new Set(),
    ranges: new Set(),
    folded: new Map(),
    order: [],
    hasLimit: false,
    conditions: new Map(),
    contained: new Map(),
    columns: new Set(),
    written: new Set(),
  };
}

/** The table's use and the column that a column reference means; undefined where that is not certain. */
export function resolve(
  node: unknown,
  scopes: readonly Scope[],
): { use: TableUse; column: string } | undefined {
  const fields = part(node, 'ColumnRef')?.fields;
  const names = namesOf(fields);
  const column = names.at(-1);
  if (!column || listOf(fields).some((each) => part(each, 'A_Star'))) return undefined;
  if (names.length > 1) {
    const scope = scopes.find((each) => each.has(names.at(-2) ?? ''));
    const use = scope?.get(names.at(-2) ?? '');
    return use?.table.columns.has(column) ? { use, column } : undefined;
  }
  for (const scope of scopes) {
    const owners = [...scope.values()].filter((use) => use?.table.columns.has(column));
    const [use] = owners;
    if (use && owners.length === 1) return { use, column };
    if (owners.length > 1) return undefined;
  }
  return undefined;
}

/** A column by itself, or under a cast that changes nothing of how it is compared. */
function columnOf(node: unknown, scopes: readonly Scope[]) {
  const direct = resolve(node, scopes);
  if (direct) return direct;
  const cast = part(node, 'TypeCast');
  const type = isNode(cast?.typeName) ? namesOf(cast.typeName.names).at(-1) : undefined;
  const inner = cast && type === 'text' ? resolve(cast.arg, scopes) : undefined;
  return inner && ['varchar', 'text'].includes(inner.use.table.columns.get(inner.column)?.type ?? '')
    ? inner
    : undefined;
}

/** Whether an expression reads a column of this very level's table: then nothing is known before it is read. */
function reads(node: unknown, use: TableUse, scopes: readonly Scope[]): boolean {
  if (Array.isArray(node)) return node.some((each) => reads(each, use, scopes));
  if (!isNode(node)) return false;
  if (part(node, 'ColumnRef')) return resolve(node, scopes)?.use === use;
  return Object.values(node).some((each) => reads(each, use, scopes));
}

/** `lower(email)` of a text column. */
function foldedColumn(node: unknown, scopes: readonly Scope[]) {
  const call = part(node, 'FuncCall');
  const [name, second] = namesOf(call?.funcname).reverse();
  const [argument, more] = listOf(call?.args);
  if ((name !== 'lower' && name !== 'upper') || more || (second ?? 'pg_catalog') !== 'pg_catalog')
    return undefined;
  const found = columnOf(argument, scopes);
  const type = found?.use.table.columns.get(found.column)?.type ?? '';
  return found && ['text', 'varchar'].includes(type)
    ? { ...found, name: name as 'lower' | 'upper' }
    : undefined;
}

function readComparison(operator: string, left: unknown, right: unknown, scopes: readonly Scope[]): void {
  const folded = operator === '=' ? (foldedColumn(left, scopes) ?? foldedColumn(right, scopes)) : undefined;
  folded?.use.folded.set(folded.column, folded.name);
  const sides = [columnOf(left, scopes), columnOf(right, scopes)];
  sides.forEach((side, place) => {
    const other = place === 0 ? right : left;
    if (!side || reads(other, side.use, scopes)) return;
    const { use, column } = side;
    const isJoin = sides[1 - place] !== undefined;
    if (operator === '=') (isJoin ? use.joined : use.equal).add(column);
    else if (rangeOperators.has(operator)) use.ranges.add(column);
    else if (invertedOperators.has(operator) && place === 0) use.contained.set(column, operator);
  });
}

function readExpression(expression: SqlNode, scopes: readonly Scope[]): void {
  const operator = namesOf(expression.name).at(-1) ?? '';
  const { lexpr, rexpr } = expression;
  const column = columnOf(lexpr, scopes);
  switch (expression.kind) {
    case 'AEXPR_OP': {
      const [left, right] = [part(lexpr, 'RowExpr'), part(rexpr, 'RowExpr')];
      const pairs = listOf(left?.args).map((each, place) => [each, listOf(right?.args)[place]]);
      if (left && right) for (const [one, other] of pairs) readComparison(operator, one, other, scopes);
      else readComparison(operator, lexpr, rexpr, scopes);
      return;
    }
    case 'AEXPR_IN':
    case 'AEXPR_OP_ANY':
      if (operator === '=' && column && !reads(rexpr, column.use, scopes))
        column.use.equal.add(column.column);
      return;
    case 'AEXPR_BETWEEN':
      if (column) column.use.ranges.add(column.column);
  }
}

/** Notes what one condition asks of the tables in scope; the parts of an AND one by one, an OR not at all. */
export function readCondition(node: unknown, scopes: readonly Scope[]): void {
  const bool = part(node, 'BoolExpr');
  if (bool?.boolop === 'AND_EXPR') {
    for (const each of listOf(bool.args)) readCondition(each, scopes);
    return;
  }
  const note = (at: unknown, condition: 'is null' | 'is not null' | 'is true' | 'is false') => {
    const found = columnOf(at, scopes);
    if (found) found.use.conditions.set(found.column, condition);
  };
  const test = part(node, 'NullTest');
  if (test) note(test.arg, test.nulltesttype === 'IS_NULL' ? 'is null' : 'is not null');
  else if (bool?.boolop === 'NOT_EXPR') note(listOf(bool.args)[0], 'is false');
  else if (part(node, 'ColumnRef')) note(node, 'is true');
  const expression = part(node, 'A_Expr');
  if (expression) readExpression(expression, scopes);
  const link = part(node, 'SubLink');
  if (link?.subLinkType === 'ANY_SUBLINK' && link.testexpr) {
    const found = columnOf(link.testexpr, scopes);
    found?.use.joined.add(found.column);
  }
}

/** One part of ORDER BY, when it is a plain column. */
export function orderPart(sort: SqlNode | undefined, scopes: readonly Scope[]) {
  const found = sort && resolve(sort.node, scopes);
  if (!found) return undefined;
  const descending = sort.sortby_dir === 'SORTBY_DESC';
  const nullsFirst =
    sort.sortby_nulls === 'SORTBY_NULLS_FIRST' || (sort.sortby_nulls !== 'SORTBY_NULLS_LAST' && descending);
  return { use: found.use, part: { column: found.column, descending, nullsFirst } };
}
