import type { AdviceTable } from '@/lib/procedures/advice-catalog';
import {
  newUse,
  orderPart,
  readCondition,
  resolve,
  type Scope,
  type TableUse,
} from '@/lib/procedures/advice-scope';
import { isNode, listOf, namesOf, part, type SqlNode } from '@/lib/procedures/sql-parse';

type Finder = (schema: string | undefined, name: string) => AdviceTable | undefined;

/** Nesting beyond this is nobody's hand: the rest of it is left out. */
const deepest = 60;

/** Parts of a query that were read before its columns are noted. */
const readElsewhere = new Set(
  'withClause fromClause usingClause relation sourceRelation selectStmt whereClause joinCondition'.split(' '),
);

/**
 * Reads how a statement uses tables from its parse tree: one use per table and query level. Names are resolved by
 * scope as the server does; what cannot be resolved is left out, never guessed.
 */
export function tableUses(statement: SqlNode, find: Finder): TableUse[] {
  const uses: TableUse[] = [];

  function addTable(scope: Scope, node: unknown, ctes: ReadonlySet<string>): TableUse | undefined {
    const relation = part(node, 'RangeVar') ?? (isNode(node) ? node : {});
    if (typeof relation.relname !== 'string') return undefined;
    const schema = typeof relation.schemaname === 'string' ? relation.schemaname : undefined;
    const isCte = schema === undefined && ctes.has(relation.relname);
    const table = isCte ? undefined : find(schema, relation.relname);
    const use = table && newUse(table);
    if (use) uses.push(use);
    const alias = isNode(relation.alias) ? relation.alias.aliasname : undefined;
    scope.set(typeof alias === 'string' ? alias : relation.relname, use);
    return use;
  }

  function addFrom(level: Level, item: unknown): void {
    const join = part(item, 'JoinExpr');
    if (join) {
      addFrom(level, join.larg);
      addFrom(level, join.rarg);
      if (join.quals) level.conditions.push(join.quals);
      for (const name of namesOf(join.usingClause)) level.using.push(name);
      return;
    }
    if (part(item, 'RangeVar')) {
      addTable(level.scope, item, level.ctes);
      return;
    }
    const sub = part(item, 'RangeSubselect') ?? part(item, 'RangeFunction');
    const alias = isNode(sub?.alias) ? sub.alias.aliasname : undefined;
    if (typeof alias === 'string') level.scope.set(alias, undefined);
    if (sub?.subquery) readQuery(sub.subquery, level.outer, level.ctes, level.depth + 1);
  }

  interface Level {
    scope: Scope;
    outer: Scope[];
    ctes: ReadonlySet<string>;
    conditions: unknown[];
    using: string[];
    depth: number;
  }

  function readQuery(node: unknown, outer: Scope[], ctesBefore: ReadonlySet<string>, depth: number): void {
    if (depth > deepest || !isNode(node)) return;
    const [kind] = Object.keys(node);
    const query = part(node, kind ?? '');
    if (!query) return;
    const ctes = new Set(ctesBefore);
    const withClause = isNode(query.withClause) ? query.withClause : {};
    for (const each of listOf(withClause.ctes)) {
      const cte = part(each, 'CommonTableExpr');
      if (typeof cte?.ctename === 'string') ctes.add(cte.ctename);
      readQuery(cte?.ctequery, outer, ctes, depth + 1);
    }
    if (query.larg || query.rarg) {
      // The two sides of a union are bare SelectStmts.
      for (const side of [query.larg, query.rarg]) readQuery({ SelectStmt: side }, outer, ctes, depth + 1);
      return;
    }
    const level: Level = { scope: new Map(), outer, ctes, conditions: [], using: [], depth };
    const target = query.relation ? addTable(level.scope, query.relation, new Set()) : undefined;
    for (const item of [...listOf(query.fromClause), ...listOf(query.usingClause)]) addFrom(level, item);
    if (kind === 'InsertStmt') readQuery(query.selectStmt, outer, ctes, depth + 1);
    if (kind === 'UpdateStmt' && target) {
      for (const each of listOf(query.targetList)) {
        const name = part(each, 'ResTarget')?.name;
        if (typeof name === 'string') target.written.add(name);
      }
    }
    if (query.sourceRelation) addFrom(level, query.sourceRelation);
    if (query.joinCondition) level.conditions.push(query.joinCondition);
    if (query.whereClause) level.conditions.push(query.whereClause);
    finish(level, query, kind ?? '');
  }

  function finish(level: Level, query: SqlNode, kind: string): void {
    const scopes = [level.scope, ...level.outer];
    for (const name of level.using) {
      for (const use of level.scope.values()) if (use?.table.columns.has(name)) use.joined.add(name);
    }
    for (const condition of level.conditions) readCondition(condition, scopes);
    const ownNames = new Set(level.scope.values());
    const order = listOf(query.sortClause).map((each) => orderPart(part(each, 'SortBy'), scopes));
    const [first] = order;
    if (first && order.every((each) => each?.use === first.use) && ownNames.has(first.use)) {
      first.use.order = order.flatMap((each) => (each ? [each.part] : []));
    }
    for (const use of level.scope.values()) {
      if (!use) continue;
      use.hasLimit = query.limitCount !== undefined;
      if (kind === 'DeleteStmt' || kind === 'UpdateStmt') use.columns = undefined;
    }
    for (const [name, value] of Object.entries(query)) {
      if (!readElsewhere.has(name)) noteColumns(value, scopes, level);
    }
    for (const condition of level.conditions) noteColumns(condition, scopes, level);
  }

  /** Notes every column that is named, and reads subqueries inside expressions with this level as their outer one. */
  function noteColumns(node: unknown, scopes: Scope[], level: Level): void {
    if (Array.isArray(node)) {
      for (const each of node) noteColumns(each, scopes, level);
      return;
    }
    if (!isNode(node)) return;
    if (part(node, 'SelectStmt')) {
      readQuery(node, scopes, level.ctes, level.depth + 1);
      return;
    }
    const reference = part(node, 'ColumnRef');
    if (reference) {
      const found = resolve(node, scopes);
      if (found) found.use.columns?.add(found.column);
      const hasStar = listOf(reference.fields).some((each) => part(each, 'A_Star'));
      const alias = namesOf(reference.fields).filter(Boolean).at(-1);
      for (const [name, use] of level.scope)
        if (use && hasStar && (!alias || alias === name)) use.columns = undefined;
      return;
    }
    for (const each of Object.values(node)) noteColumns(each, scopes, level);
  }

  readQuery(statement, [], new Set(), 0);
  return uses;
}
