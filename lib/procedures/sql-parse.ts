import { parse, scan } from 'libpg-query';

/** A node of PostgreSQL's own parse tree as libpg_query writes it: `{ SelectStmt: { … } }`, named as in parsenodes.h. */
export type SqlNode = { [name: string]: unknown };

/** Longer texts are refused: nobody reads them, and a parser of hostile text must have an end. */
const longestText = 100_000;
/**
 * Operators, keywords and open parentheses of one statement: the parser may go a level down for each. It overflows its
 * stack somewhere above 5,000, and from then on its memory is broken for every statement of the process.
 */
const mostLevels = 2_500;
const flat = new Set([
  'IDENT',
  'UIDENT',
  'PARAM',
  'ICONST',
  'FCONST',
  'SCONST',
  'USCONST',
  'BCONST',
  'XCONST',
]);

async function levelsOf(text: string): Promise<number> {
  let [count, open, deepest] = [0, 0, 0];
  for (const token of (await scan(text)).tokens) {
    if (token.text === '(') open += 1;
    else if (token.text === ')') open -= 1;
    else if (!flat.has(token.tokenName) && !/^([,.;]|--|\/\*)/.test(token.text)) count += 1;
    deepest = Math.max(deepest, open);
  }
  return count + deepest;
}

/**
 * PostgreSQL's own parser (libpg_query, grammar of 18) for texts that it can bear.
 *
 * @throws Error with the parser's words, or when the text is nested too deep.
 */
export async function parseSql(text: string): ReturnType<typeof parse> {
  if ((await levelsOf(text)) > mostLevels)
    throw new Error(`it has more than ${mostLevels} operators, keywords and parentheses`);
  return parse(text);
}

export function isNode(value: unknown): value is SqlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The inner object of a node of one kind: `part(node, 'ColumnRef')`; undefined for any other node. */
export function part(node: unknown, kind: string): SqlNode | undefined {
  const inner = isNode(node) ? node[kind] : undefined;
  return isNode(inner) ? inner : undefined;
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The strings of a list of String nodes: names of an operator, a column, a function. */
export function namesOf(value: unknown): string[] {
  return listOf(value).map((each) => String(part(each, 'String')?.sval ?? ''));
}

/**
 * Parses one statement with PostgreSQL's parser (libpg_query, grammar of 18).
 *
 * @returns the statement's node, or why there is none.
 */
export async function parseTree(text: string): Promise<{ node: SqlNode } | { reason: string }> {
  if (text.length > longestText) return { reason: 'it is too long' };
  if (text.includes('\0')) return { reason: 'it holds a zero byte' };
  try {
    const { stmts } = await parseSql(text);
    const [first, second] = stmts ?? [];
    if (!first || second) return { reason: first ? 'it is more than one statement' : 'it is empty' };
    return isNode(first.stmt) ? { node: first.stmt as SqlNode } : { reason: 'it is empty' };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
