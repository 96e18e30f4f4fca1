/** One node of a plan as it is drawn. Figures are of all its runs together unless they say otherwise. */
export interface PlanNode {
  id: string;
  depth: number;
  title: string;
  /** Conditions, keys and what was removed: label and text. */
  details: (readonly [label: string, text: string])[];
  cost: number;
  /** Its own part without its children, of the whole plan, 0 to 100: by time where that was measured, else by cost. */
  sharePercent: number;
  /** Wall time without its children, ms; null when it was not executed. */
  selfMs: number | null;
  totalMs: number | null;
  loops: number | null;
  /** Per run of the node. */
  rowsPlanned: number;
  rowsActual: number | null;
  /** By how much the planner was off: 1 is exact; null when it was not executed. */
  rowsFactor: number | null;
  buffers: string | null;
}

export interface PlanTree {
  nodes: PlanNode[];
  isAnalyzed: boolean;
  planningMs: number | null;
  executionMs: number | null;
  settings: (readonly [name: string, value: string])[];
  triggers: (readonly [name: string, ms: number])[];
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const textOf = (value: unknown): string =>
  Array.isArray(value) ? value.map(String).join(', ') : value === undefined ? '' : String(value);

const shownDetails = [
  'Index Cond',
  'Recheck Cond',
  'Hash Cond',
  'Merge Cond',
  'Join Filter',
  'Filter',
  'One-Time Filter',
  'Sort Key',
  'Presorted Key',
  'Group Key',
  'Sort Method',
  'Sort Space Used',
  'Hash Batches',
  'Peak Memory Usage',
  'Heap Fetches',
  'Rows Removed by Filter',
  'Rows Removed by Index Recheck',
  'Rows Removed by Join Filter',
  'Exact Heap Blocks',
  'Lossy Heap Blocks',
  'Subplans Removed',
  'Workers Planned',
  'Workers Launched',
  'Subplan Name',
  'CTE Name',
] as const;

/** `Index Scan using orders_at_idx on app.orders o` */
function titleOf(node: Fields): string {
  const parallel = node['Parallel Aware'] === true ? 'Parallel ' : '';
  const strategy = textOf(node.Strategy);
  const type = textOf(node['Node Type']);
  const aggregate = type === 'Aggregate' && strategy && strategy !== 'Plain' ? `${strategy} ` : '';
  const join = node['Join Type'] && node['Join Type'] !== 'Inner' ? ` (${textOf(node['Join Type'])})` : '';
  const operation = type === 'ModifyTable' ? textOf(node.Operation) : type;
  const using = node['Index Name'] ? ` using ${textOf(node['Index Name'])}` : '';
  const schema = node.Schema ? `${textOf(node.Schema)}.` : '';
  const relation = textOf(node['Relation Name'] ?? node['Function Name'] ?? node['CTE Name']);
  const alias = node.Alias && node.Alias !== relation ? ` ${textOf(node.Alias)}` : '';
  const on = relation ? ` on ${schema}${relation}${alias}` : '';
  return `${parallel}${aggregate}${operation}${join}${using}${on}`;
}

function buffersOf(node: Fields): string | null {
  const parts = [
    ['hit', 'Shared Hit Blocks'],
    ['read', 'Shared Read Blocks'],
    ['dirtied', 'Shared Dirtied Blocks'],
    ['temp read', 'Temp Read Blocks'],
    ['temp written', 'Temp Written Blocks'],
  ].flatMap(([word, name]) => {
    const blocks = numberOf(node[name ?? '']);
    return blocks ? [`${word} ${blocks.toLocaleString('en-US')}`] : [];
  });
  return numberOf(node['Shared Hit Blocks']) === null ? null : parts.join(', ') || 'none';
}

interface Measured {
  node: Fields;
  depth: number;
  totalMs: number | null;
  selfMs: number | null;
  selfCost: number;
}

/**
 * A plan of `explain (format json)` as a flat list of nodes, parents first; undefined when the text is no plan.
 * Times of a node are per loop, and below a Gather the loops run side by side in its workers (PostgreSQL
 * documentation, 14.1.2): they are divided by them, so that times stay parts of the wall time.
 */
export function planTree(text: string): PlanTree | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const top = Array.isArray(parsed) ? parsed[0] : undefined;
  if (!isFields(top) || !isFields(top.Plan)) return undefined;
  const measured: Measured[] = [];
  visit(top.Plan, 0, 1, measured);
  const isAnalyzed = numberOf(top.Plan['Actual Total Time']) !== null;
  const whole = measured.reduce(
    (sum, { selfMs, selfCost }) => sum + (isAnalyzed ? (selfMs ?? 0) : selfCost),
    0,
  );
  return {
    nodes: measured.map((one, place) => shown(one, place, isAnalyzed, whole)),
    isAnalyzed,
    planningMs: numberOf(top['Planning Time']),
    executionMs: numberOf(top['Execution Time']),
    settings: Object.entries(isFields(top.Settings) ? top.Settings : {}).map(([name, value]) => [
      name,
      String(value),
    ]),
    triggers: (Array.isArray(top.Triggers) ? top.Triggers : []).flatMap((trigger) =>
      isFields(trigger) ? [[textOf(trigger['Trigger Name']), numberOf(trigger.Time) ?? 0] as const] : [],
    ),
  };
}

/** Visits a node and what is below it; gives its whole time and cost. */
function visit(
  node: Fields,
  depth: number,
  sideBySide: number,
  into: Measured[],
): { totalMs: number | null; cost: number } {
  const perLoop = numberOf(node['Actual Total Time']);
  const loops = numberOf(node['Actual Loops']) ?? 0;
  const totalMs = perLoop === null ? null : (perLoop * loops) / sideBySide;
  const cost = numberOf(node['Total Cost']) ?? 0;
  const own: Measured = { node, depth, totalMs, selfMs: null, selfCost: 0 };
  into.push(own);
  const workers = numberOf(node['Workers Launched']);
  const below = /^Gather/.test(textOf(node['Node Type'])) && workers ? workers + 1 : sideBySide;
  const children = (Array.isArray(node.Plans) ? node.Plans : [])
    .filter(isFields)
    .map((child) => visit(child, depth + 1, below, into));
  // A limit stops its children early: they cost less than they would have alone.
  own.selfCost = Math.max(0, cost - children.reduce((sum, child) => sum + child.cost, 0));
  own.selfMs =
    totalMs === null
      ? null
      : Math.max(0, totalMs - children.reduce((sum, child) => sum + (child.totalMs ?? 0), 0));
  return { totalMs, cost };
}

function shown(
  { node, depth, totalMs, selfMs, selfCost }: Measured,
  place: number,
  isAnalyzed: boolean,
  whole: number,
): PlanNode {
  const loops = numberOf(node['Actual Loops']);
  const rowsPlanned = numberOf(node['Plan Rows']) ?? 0;
  const rowsActual = loops ? numberOf(node['Actual Rows']) : null;
  const self = isAnalyzed ? (selfMs ?? 0) : selfCost;
  return {
    id: String(place),
    depth,
    title: titleOf(node),
    details: shownDetails.flatMap((label) =>
      node[label] === undefined ? [] : [[label, textOf(node[label])] as const],
    ),
    cost: numberOf(node['Total Cost']) ?? 0,
    sharePercent: whole > 0 ? (100 * self) / whole : 0,
    selfMs,
    totalMs,
    loops,
    rowsPlanned,
    rowsActual,
    rowsFactor: rowsActual === null ? null : factorOf(rowsPlanned, rowsActual),
    buffers: buffersOf(node),
  };
}

/** How many times too many or too few rows; nothing is less than one row. */
function factorOf(planned: number, actual: number): number {
  const [low, high] = [Math.max(1, Math.min(planned, actual)), Math.max(1, planned, actual)];
  return high / low;
}

/** The plan as indented text, for a mail or a ticket. */
export function planText(tree: PlanTree): string {
  const lines = tree.nodes.map((node) => {
    const indent = '  '.repeat(node.depth);
    const actual =
      node.rowsActual === null
        ? ''
        : ` (actual ${(node.totalMs ?? 0).toFixed(3)} ms, rows=${node.rowsActual} loops=${node.loops})`;
    const details = node.details.map(([label, text]) => `\n${indent}      ${label}: ${text}`).join('');
    const arrow = node.depth > 0 ? '->  ' : '';
    return `${indent}${arrow}${node.title}  (cost=${node.cost} rows=${node.rowsPlanned})${actual}${details}`;
  });
  if (tree.planningMs !== null) lines.push(`Planning Time: ${tree.planningMs} ms`);
  if (tree.executionMs !== null) lines.push(`Execution Time: ${tree.executionMs} ms`);
  return lines.join('\n');
}
