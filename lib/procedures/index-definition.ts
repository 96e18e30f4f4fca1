import { quoteIdent } from '@/lib/instance/quote';
import { isNode, listOf, namesOf, parseTree, part, type SqlNode } from '@/lib/procedures/sql-parse';

/** One part of an index key: what it is, and how it is ordered. Two are the same when both texts are. */
export interface KeyPart {
  /** Column name; undefined for an expression. */
  column: string | undefined;
  /** Column or expression with operator class and collation, written the same way for the same meaning. */
  what: string;
  descending: boolean;
  nullsFirst: boolean;
}

/** A CREATE INDEX statement as it was understood. */
export interface IndexDefinition {
  schema: string | undefined;
  table: string;
  name: string | undefined;
  method: string;
  isUnique: boolean;
  nullsNotDistinct: boolean;
  keys: KeyPart[];
  included: string[];
  /** Empty for an index of all rows. */
  predicate: string;
  /** The statement's text from the table's name on, as it was written. */
  rest: string;
}

/** Places and casts of constants to text differ between what people write and what the server writes back. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (!isNode(value)) return value;
  const cast = part(value, 'TypeCast');
  if (cast) {
    const type = namesOf(part({ typeName: cast.typeName }, 'typeName')?.names).at(-1);
    if (type === 'text' || type === 'varchar' || type === 'bpchar') return canonical(cast.arg);
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !/location$|^rexpr_list_/.test(name))
      .map(([name, inner]) => [name, canonical(inner)]),
  );
}

function keyPart(element: unknown): KeyPart {
  const elem = part(element, 'IndexElem') ?? {};
  const column = typeof elem.name === 'string' ? elem.name : undefined;
  const descending = elem.ordering === 'SORTBY_DESC';
  const what = [
    column ?? canonical(elem.expr),
    namesOf(elem.opclass).at(-1) ?? '',
    namesOf(elem.collation).at(-1) ?? '',
    canonical(elem.opclassopts) ?? '',
  ];
  return {
    column,
    what: JSON.stringify(what),
    descending,
    nullsFirst:
      elem.nulls_ordering === 'SORTBY_NULLS_FIRST' ||
      (elem.nulls_ordering !== 'SORTBY_NULLS_LAST' && descending),
  };
}

/** Reads one CREATE INDEX statement; a reason when the text is anything else. */
export async function readDefinition(text: string): Promise<IndexDefinition | { reason: string }> {
  const parsed = await parseTree(text);
  if ('reason' in parsed) return { reason: `it cannot be read: ${parsed.reason}` };
  const statement = part(parsed.node, 'IndexStmt');
  const relation = isNode(statement?.relation) ? statement.relation : undefined;
  if (!statement || typeof relation?.relname !== 'string')
    return { reason: 'it is no CREATE INDEX statement' };
  if (relation.inh !== true)
    return { reason: 'it names the table with ONLY, which makes an index without partitions' };
  const start = Number(relation.location ?? 0);
  return {
    schema: typeof relation.schemaname === 'string' ? relation.schemaname : undefined,
    table: relation.relname,
    name: typeof statement.idxname === 'string' ? statement.idxname : undefined,
    method: String(statement.accessMethod ?? 'btree'),
    isUnique: statement.unique === true,
    nullsNotDistinct: statement.nulls_not_distinct === true,
    keys: listOf(statement.indexParams).map(keyPart),
    included: listOf(statement.indexIncludingParams).map((each) =>
      String(part(each, 'IndexElem')?.name ?? ''),
    ),
    predicate: statement.whereClause ? JSON.stringify(canonical(statement.whereClause)) : '',
    // Places are counted in bytes.
    rest: Buffer.from(text)
      .subarray(start)
      .toString()
      .replace(/[;\s]+$/, ''),
  };
}

/**
 * The statement that makes the same index without blocking writes, under this name.
 *
 * @throws Error when what comes out is not that: then nothing may be run.
 */
export async function concurrentStatement(definition: IndexDefinition, name: string): Promise<string> {
  const unique = definition.isUnique ? 'unique ' : '';
  const sql = `create ${unique}index concurrently ${quoteIdent(name)} on ${definition.rest}`;
  const again = await readDefinition(sql);
  const statement = await parseTree(sql);
  const node: SqlNode = ('node' in statement && part(statement.node, 'IndexStmt')) || {};
  const isSame =
    !('reason' in again) &&
    node.concurrent === true &&
    JSON.stringify({ ...again, name }) === JSON.stringify({ ...definition, name });
  if (!isSame || again.name !== name) throw new Error(`The statement would not do what was asked: ${sql}`);
  return sql;
}

/**
 * Whether an index that exists can do all that a wanted one would: `equal`, `covers` (it begins the same way and has
 * more), or undefined. A btree is read backwards too, so an order that is reversed as a whole is the same.
 */
export function standsInFor(
  existing: IndexDefinition,
  wanted: IndexDefinition,
): 'equal' | 'covers' | undefined {
  if (existing.method !== wanted.method || existing.predicate !== wanted.predicate) return undefined;
  if (existing.keys.length < wanted.keys.length) return undefined;
  const pairs = wanted.keys.map((key, place) => [key, existing.keys[place]] as const);
  const isBtree = wanted.method === 'btree';
  const sameParts = pairs.every(([key, other]) => key.what === other?.what);
  const sameOrder = pairs.every(
    ([key, other]) => key.descending === other?.descending && key.nullsFirst === other.nullsFirst,
  );
  const reversed = pairs.every(
    ([key, other]) => key.descending !== other?.descending && key.nullsFirst !== other?.nullsFirst,
  );
  if (!sameParts || !(sameOrder || (isBtree && reversed))) return undefined;
  const has = new Set([...existing.included, ...existing.keys.map(({ column }) => column)]);
  if (!wanted.included.every((column) => has.has(column))) return undefined;
  const isLonger = existing.keys.length > wanted.keys.length;
  if (isLonger && (!isBtree || wanted.isUnique)) return undefined;
  if (wanted.isUnique && !(existing.isUnique && existing.nullsNotDistinct === wanted.nullsNotDistinct))
    return undefined;
  return isLonger || existing.included.length > wanted.included.length ? 'covers' : 'equal';
}

/** A name for a new index in PostgreSQL's own manner, at most 63 bytes, none of the taken ones. */
export function indexName(definition: IndexDefinition, taken: ReadonlySet<string>): string {
  const columns = definition.keys.map(({ column }) => column ?? 'expr').join('_');
  for (let n = 0; ; n += 1) {
    const end = n === 0 ? '_idx' : `_idx${n}`;
    const tail = `_${cutBytes(columns, 30)}${end}`;
    const name = cutBytes(definition.table, 63 - Buffer.byteLength(tail)) + tail;
    if (!taken.has(name)) return name;
  }
}

/** The longest beginning of at most so many bytes of UTF-8 that ends between characters. */
function cutBytes(text: string, bytes: number): string {
  let cut = '';
  for (const character of text) {
    if (Buffer.byteLength(cut + character) > bytes) break;
    cut += character;
  }
  return cut;
}
