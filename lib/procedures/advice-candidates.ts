import { qualified, quoteIdent } from '@/lib/instance/quote';
import type { AdviceTable } from '@/lib/procedures/advice-catalog';
import type { OrderPart, TableUse } from '@/lib/procedures/advice-scope';
import { type IndexDefinition, readDefinition, standsInFor } from '@/lib/procedures/index-definition';

/** An index that might help. */
export interface Candidate {
  table: AdviceTable;
  /** A CREATE INDEX statement without a name. */
  definition: string;
  method: 'btree' | 'gin';
  keys: string[];
  included: string[];
  isPartial: boolean;
  /** Every key column is compared for equality: their order does not matter. */
  isEquality: boolean;
  /** Its keys stand inside an expression: a plain index of them does not serve. */
  isExpression: boolean;
}

type Condition = readonly [column: string, is: string];

interface Shape {
  keys: OrderPart[];
  included?: string[];
  conditions?: readonly Condition[];
}

const mostKeys = 4;
const mostIncluded = 3;
/** Types without a btree order of their own (category U and arrays are looked at apart). */
const withoutOrder = new Set([
  'json',
  'xml',
  'point',
  'box',
  'polygon',
  'path',
  'circle',
  'line',
  'lseg',
  'jsonb',
]);

const plain = (column: string): OrderPart => ({ column, descending: false, nullsFirst: false });

function keyText({ column, descending, nullsFirst }: OrderPart): string {
  const nulls = descending === nullsFirst ? '' : nullsFirst ? ' nulls first' : ' nulls last';
  return `${quoteIdent(column)}${descending ? ' desc' : ''}${nulls}`;
}

function conditionText([column, is]: Condition): string {
  const name = quoteIdent(column);
  return is === 'is true' ? name : is === 'is false' ? `not ${name}` : `${name} ${is}`;
}

function btree(
  { table, equal, joined }: TableUse,
  { keys, included = [], conditions = [] }: Shape,
): Candidate {
  const include = included.length > 0 ? ` include (${included.map(quoteIdent).join(', ')})` : '';
  const where = conditions.length > 0 ? ` where ${conditions.map(conditionText).join(' and ')}` : '';
  return {
    table,
    definition: `create index on ${qualified(table.schema, table.name)} (${keys.map(keyText).join(', ')})${include}${where}`,
    method: 'btree',
    keys: keys.map(({ column }) => column),
    included,
    isPartial: conditions.length > 0,
    isEquality: keys.every(({ column }) => equal.has(column) || joined.has(column)),
    isExpression: false,
  };
}

/** Keys that one use could be served by: equality first, then a range or the order. */
function keysOf(use: TableUse, weight: (column: string) => number): OrderPart[][] {
  const canLead = (column: string) => !withoutOrder.has(use.table.columns.get(column)?.type ?? 'json');
  // What many statements compare stands first: their indexes then begin the same way and one may serve several.
  const byWeight = (columns: Iterable<string>) =>
    [...columns]
      .filter(canLead)
      .sort((left, right) => weight(right) - weight(left) || left.localeCompare(right));
  const equal = byWeight(use.equal).map(plain);
  const joined = byWeight(use.joined).map(plain);
  const ranges = byWeight(use.ranges).map(plain);
  const order = use.order.filter(({ column }) => canLead(column));
  const isOrdered = use.order.length > 0 && order.length === use.order.length;
  const rest = (keys: readonly OrderPart[], more: readonly OrderPart[]) =>
    more.filter(({ column }) => !keys.some((key) => key.column === column));
  const found: OrderPart[][] = [];
  for (const lead of [equal, joined, [...equal, ...joined], ...joined.map((each) => [each, ...equal])]) {
    if (lead.length === 0) continue;
    found.push(lead);
    for (const range of rest(lead, ranges).slice(0, 2)) found.push([...lead, range]);
    if (isOrdered) found.push([...lead, ...rest(lead, order)]);
  }
  for (const single of [...equal, ...joined, ...ranges.slice(0, 2)]) found.push([single]);
  // An order alone pays when the first rows are all that is wanted.
  if (isOrdered && use.hasLimit) found.push(order);
  if (isOrdered && use.hasLimit)
    for (const range of rest(order, ranges).slice(0, 1)) found.push([...order, range]);
  return found.map((keys) => keys.slice(0, mostKeys));
}

function conditionsOf(use: TableUse): Condition[] {
  return [...use.conditions].map(([column, is]) => [column, is] as const);
}

/** `lower(email)`: a plain index of the column does not serve it. */
function foldedCandidates({ table, folded }: TableUse): Candidate[] {
  return [...folded].map(([column, name]) => ({
    table,
    definition: `create index on ${qualified(table.schema, table.name)} (${name}(${quoteIdent(column)}))`,
    method: 'btree',
    keys: [column],
    included: [],
    isPartial: false,
    isEquality: false,
    isExpression: true,
  }));
}

/** Indexes that might help one use of a table, simplest first. */
export function candidatesOf(use: TableUse, weight: (column: string) => number): Candidate[] {
  const conditions = conditionsOf(use);
  const shapes: Shape[] = keysOf(use, weight).map((keys) => ({ keys }));
  if (conditions.length > 0) {
    const bare = conditions.map(([column]) => ({ keys: [plain(column)] }));
    const free = shapes.filter(({ keys }) => !keys.some(({ column }) => use.conditions.has(column)));
    for (const { keys } of free.length > 0 ? free : bare) shapes.push({ keys, conditions });
  }
  for (const shape of [...shapes]) {
    const missing = [...(use.columns ?? [])].filter(
      (column) =>
        !shape.keys.some((key) => key.column === column) &&
        !shape.conditions?.some(([name]) => name === column),
    );
    if (use.columns !== undefined && missing.length > 0 && missing.length <= mostIncluded)
      shapes.push({ ...shape, included: missing.sort() });
  }
  const candidates = [...shapes.map((shape) => btree(use, shape)), ...foldedCandidates(use)];
  return [...new Map(candidates.map((each) => [each.definition, each])).values()];
}

/** Inverted indexes for containment, arrays and full text: HypoPG knows no gin, so these are never proven by it. */
export function invertedCandidates(use: TableUse): Candidate[] {
  return [...use.contained].flatMap(([column, operator]): Candidate[] => {
    const { type, category } = use.table.columns.get(column) ?? { type: '', category: '' };
    const isServed =
      type === 'jsonb' ? operator !== '<@' && operator !== '&&' : category === 'A' || type === 'tsvector';
    if (!isServed) return [];
    const isPathOnly = type === 'jsonb' && ['@>', '@?', '@@'].includes(operator);
    const key = `${quoteIdent(column)}${isPathOnly ? ' jsonb_path_ops' : ''}`;
    return [
      {
        table: use.table,
        definition: `create index on ${qualified(use.table.schema, use.table.name)} using gin (${key})`,
        method: 'gin',
        keys: [column],
        included: [],
        isPartial: false,
        isEquality: false,
        isExpression: false,
      },
    ];
  });
}

/** Whether an index of the table begins with these columns in any order: for equality that is the same. */
function beginsWith(existing: IndexDefinition, columns: readonly string[]): boolean {
  const lead = existing.keys.slice(0, columns.length).map(({ column }) => column);
  return (
    existing.method === 'btree' &&
    existing.predicate === '' &&
    columns.every((column) => lead.includes(column))
  );
}

/** Leaves out what exists already or is covered by what exists. */
export async function withoutExisting(candidates: readonly Candidate[]): Promise<Candidate[]> {
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    const wanted = await readDefinition(candidate.definition);
    if ('reason' in wanted) continue;
    const { indexes } = candidate.table;
    const isThere = indexes.some((existing) => standsInFor(existing, wanted) !== undefined);
    const isGinThere =
      candidate.method === 'gin' &&
      indexes.some(
        ({ method, keys, predicate }) =>
          method === 'gin' && predicate === '' && keys.some(({ column }) => column === candidate.keys[0]),
      );
    const isSameSet =
      candidate.isEquality &&
      candidate.included.length === 0 &&
      indexes.some((existing) => beginsWith(existing, candidate.keys));
    // A unique key that is compared whole finds one row: nothing finds it faster.
    const isOneRow =
      candidate.method === 'btree' &&
      !candidate.isExpression &&
      candidate.included.length === 0 &&
      indexes.some(
        ({ isUnique, predicate, keys }) =>
          isUnique &&
          predicate === '' &&
          keys.every(({ column }) => column !== undefined && candidate.keys.includes(column)),
      );
    if (!isThere && !isGinThere && !isSameSet && !isOneRow) kept.push(candidate);
  }
  return kept;
}
