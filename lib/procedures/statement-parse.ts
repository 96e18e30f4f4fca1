import { messageOf } from '@/lib/base/errors';
import { parseSql } from '@/lib/procedures/sql-parse';

export interface NamedObject {
  schema: string | null;
  name: string;
}

/** What can be said of a statement by its parse alone. */
export interface ParsedStatement {
  kind: 'select' | 'insert' | 'update' | 'delete' | 'merge';
  /** Tables, views and whatever else stands where a relation may stand; CTEs of the statement too. */
  relations: NamedObject[];
  /** The relation that is written. */
  target: NamedObject | null;
  /** Names that the statement gives to its own CTEs. */
  cteNames: string[];
  functions: NamedObject[];
  /** What stands after a dot: a column, or a function of the row before it (PostgreSQL documentation, 4.2.4 and 8.16.5). */
  attributes: string[];
  operators: NamedObject[];
  /** Types that it converts to or makes columns of, as they are named. */
  types: NamedObject[];
  /** Why it is more than a read; null when it is a read by its parse. */
  writes: string | null;
}

export type Parsed = { statement: ParsedStatement } | { refusal: string };

const kinds: Record<string, ParsedStatement['kind']> = {
  SelectStmt: 'select',
  InsertStmt: 'insert',
  UpdateStmt: 'update',
  DeleteStmt: 'delete',
  MergeStmt: 'merge',
};

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every object of a parse tree under the name that it has there. Deep trees are the rule: nothing recursive. */
function* nodesOf(root: unknown): Generator<[name: string, fields: Fields]> {
  const waiting: [string, unknown][] = [['', root]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [name, value] = next;
    if (Array.isArray(value)) for (const item of value) waiting.push([name, item]);
    else if (isFields(value)) {
      yield [name, value];
      for (const [key, child] of Object.entries(value)) waiting.push([key, child]);
    }
  }
}

/** `[{String: {sval: 'pg_catalog'}}, {String: {sval: 'now'}}]` */
function nameOf(parts: unknown): NamedObject | undefined {
  if (!Array.isArray(parts)) return undefined;
  const words = parts.flatMap((part) => {
    const text = isFields(part) && isFields(part.String) ? part.String.sval : undefined;
    return typeof text === 'string' ? [text] : [];
  });
  const name = words.at(-1);
  return name === undefined ? undefined : { schema: words.at(-2) ?? null, name };
}

function relationOf(fields: unknown): NamedObject | undefined {
  if (!isFields(fields) || typeof fields.relname !== 'string') return undefined;
  return { schema: typeof fields.schemaname === 'string' ? fields.schemaname : null, name: fields.relname };
}

/**
 * Parses exactly one statement that has a plan. The parser is PostgreSQL's own (18; older servers know a part of its
 * grammar), so that what it calls one statement is one for the server.
 */
export async function parseStatement(text: string): Promise<Parsed> {
  if (text.trim() === '') return { refusal: 'The text holds no statement.' };
  let stmts: { stmt?: unknown }[];
  try {
    stmts = (await parseSql(text)).stmts ?? [];
  } catch (error) {
    return { refusal: `The text is no SQL that PostgreSQL could parse: ${messageOf(error)}.` };
  }
  if (stmts.length === 0) return { refusal: 'The text holds no statement.' };
  if (stmts.length > 1)
    return { refusal: `The text holds ${stmts.length} statements; one is planned at a time.` };
  const stmt = stmts[0]?.stmt;
  const [root, fields] = isFields(stmt) ? (Object.entries(stmt)[0] ?? ['', {}]) : ['', {}];
  const kind = kinds[root];
  if (!kind || !isFields(fields)) {
    return {
      refusal: 'Only select, insert, update, delete and merge have a plan; this is a utility statement.',
    };
  }
  return { statement: { kind, target: relationOf(fields.relation) ?? null, ...partsOf(root, fields) } };
}

function partsOf(root: string, fields: Fields): Omit<ParsedStatement, 'kind' | 'target'> {
  const relations: NamedObject[] = [];
  const functions: NamedObject[] = [];
  const attributes: string[] = [];
  const operators: NamedObject[] = [];
  const types: NamedObject[] = [];
  const cteNames: string[] = [];
  let writes = root === 'SelectStmt' ? null : 'It writes.';
  for (const [name, node] of nodesOf({ [root]: fields })) {
    const relation = relationOf(node);
    if (relation) relations.push(relation);
    if (name === 'FuncCall') push(functions, nameOf(node.funcname));
    const dotted = name === 'ColumnRef' ? node.fields : name === 'A_Indirection' ? node.indirection : [];
    const after = Array.isArray(dotted) ? dotted.slice(name === 'ColumnRef' ? 1 : 0) : [];
    attributes.push(...after.flatMap((each) => nameOf([each])?.name ?? []));
    if (name === 'A_Expr') push(operators, nameOf(node.name));
    if (name === 'SubLink') push(operators, nameOf(node.operName));
    if (name === 'SortBy') push(operators, nameOf(node.useOp));
    if (name === 'typeName' || name === 'TypeName') push(types, nameOf(node.names));
    if (name === 'CommonTableExpr' && typeof node.ctename === 'string') cteNames.push(node.ctename);
    if (name === 'intoClause' || name === 'IntoClause') writes ??= 'It makes a table (select into).';
    if (name === 'LockingClause') writes ??= 'It locks rows (for update or for share).';
    if (name !== root && kinds[name] && name !== 'SelectStmt') writes ??= 'A part of it (with …) writes.';
  }
  return { relations, functions, attributes, operators, types, cteNames, writes };
}

function push(list: NamedObject[], item: NamedObject | undefined): void {
  if (item) list.push(item);
}
