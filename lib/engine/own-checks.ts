import { createHash } from 'node:crypto';
import { isNumber, type OwnCheck, ownPrefix } from '@/lib/contract/own-checks';
import type { AnyCheck, CheckRow, ColumnDefinition } from '@/lib/engine/define-check';
import { keyOf, keyText } from '@/lib/engine/rate';

/** Rows of one answer, and characters of one text in it: what is above is refused or cut, so that no answer is large. */
export const ownRowsAtMost = 500;
const keyLength = 200;
const textLength = 500;

/** Where the figures of all such checks come from. */
const manual = 'https://www.postgresql.org/docs/current/monitoring-stats.html';

export function ownCheckId(name: string): string {
  return `${ownPrefix}${name}`;
}

export function isOwnCheck(id: string): boolean {
  return id.startsWith(ownPrefix);
}

/** The name of one of people's own checks, without its prefix. */
export function ownCheckName(id: string): string {
  return id.slice(ownPrefix.length);
}

/**
 * The statement that a server is asked. The person's query stands as a subquery: it can be nothing but a query there,
 * and the server itself casts and cuts each declared column, names the one that is missing, and ends after the cap.
 * Names of columns are of `[a-z0-9_]` (the schema holds that), so quoting them is enough.
 */
export function ownCheckSql(check: Pick<OwnCheck, 'sql' | 'columns'>): string {
  const columns = check.columns.map((column) => {
    const name = `"${column.name}"`;
    if (isNumber(column)) return `${name}::float8 as ${name}`;
    return `left(${name}::text, ${column.role === 'key' ? keyLength : textLength}) as ${name}`;
  });
  const query = check.sql.replace(/[;\s]+$/, '');
  return `select\n  ${columns.join(',\n  ')}\nfrom (\n${query}\n) as own_check\nlimit ${ownRowsAtMost + 1}`;
}

/** A check that people wrote as the interpreters know checks. */
export function ownCheckOf(own: OwnCheck): AnyCheck {
  const columns: Record<string, ColumnDefinition> = {};
  for (const column of own.columns) {
    columns[column.name] = {
      role: column.role,
      label: column.label || column.name.replaceAll('_', ' '),
      ...(isNumber(column) && { unit: column.unit ?? 'count' }),
      ...(column.literals && { literals: true as const }),
    };
  }
  const numbers = own.columns.filter(isNumber);
  return {
    title: own.title,
    why: own.why || 'A check that people of this console wrote.',
    source: manual,
    target: own.target,
    runsOn: own.runsOn,
    everySeconds: own.everySeconds,
    timeoutMs: own.timeoutMs,
    sql: { 140000: ownCheckSql(own) },
    columns,
    keep: numbers.length > 0 ? ['series', 'snapshot'] : ['snapshot'],
    ...(numbers[0] && { maxSeries: { by: numbers[0].name, count: 50 } }),
    judge: own.judge.map(({ column, worse, warn, crit, forSeconds, sentence }) => ({
      ...{ column, worse, forSeconds },
      ...(warn !== undefined && { warn }),
      ...(crit !== undefined && { crit }),
      sentence: sentence || defaultSentence(own, column),
    })),
    draw: drawingsOf(own),
  };
}

function defaultSentence(own: OwnCheck, column: string): string {
  const keys = own.columns.filter(({ role }) => role === 'key').map(({ name }) => `{${name}}`);
  const label = own.columns.find(({ name }) => name === column)?.label || column.replaceAll('_', ' ');
  const where = own.target === 'database' ? '{database} on {instance}' : '{instance}';
  return `${own.title}: ${label} is {${column}}${keys.length > 0 ? ` for ${keys.join(' · ')}` : ''} in ${where}.`;
}

/** One chart for the numbers of each unit (counters are drawn per second, so apart from gauges), and the rows as a table. */
function drawingsOf(own: OwnCheck): AnyCheck['draw'] {
  const groups = new Map<string, string[]>();
  for (const column of own.columns.filter(isNumber)) {
    const name = `${column.role} ${column.unit ?? 'count'}`;
    groups.set(name, [...(groups.get(name) ?? []), column.name]);
  }
  const charts = [...groups.values()].map((columns) => ({
    as: 'line' as const,
    title:
      groups.size === 1 ? own.title : `${own.title}: ${columns.map((name) => labelOf(own, name)).join(', ')}`,
    columns,
  }));
  return [
    ...charts,
    { as: 'table', title: `${own.title}: rows`, columns: own.columns.map(({ name }) => name) },
  ];
}

function labelOf(own: OwnCheck, name: string): string {
  return own.columns.find((column) => column.name === name)?.label || name.replaceAll('_', ' ');
}

/**
 * Why an answer cannot be used, or undefined. Two rows of one object would be one object with two values: which of
 * them counts would change from reading to reading.
 */
export function ownCheckFault(
  check: Pick<AnyCheck, 'columns'>,
  rows: readonly CheckRow[],
): string | undefined {
  if (rows.length > ownRowsAtMost)
    return `The query gives more than ${ownRowsAtMost} rows: sum them up or limit them.`;
  const seen = new Set<string>();
  for (const row of rows) {
    const key = keyOf(check, row);
    const text = keyText(key);
    if (seen.has(text)) {
      const values = Object.values(key).join(' · ');
      return values
        ? `Two rows have the key ${values}: declare more columns as keys, or sum the rows up.`
        : 'The query gives several rows, and no column is declared as a key that tells them apart.';
    }
    seen.add(text);
  }
  return undefined;
}

/** What a trial has to have passed for: a text that changes with anything that a server is asked. */
export function askedHash({ sql, columns, target, timeoutMs }: OwnCheck): string {
  const asked = { sql, columns: columns.map(({ name, role }) => [name, role]), target, timeoutMs };
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}

/** Whether it is asked on this cluster, in this database (empty for the whole instance). Names in any case. */
export function ownCheckApplies(
  { clusters, databases }: Pick<OwnCheck, 'clusters' | 'databases'>,
  cluster: string,
  database: string,
): boolean {
  const named = (names: readonly string[], name: string) =>
    names.length === 0 || names.some((each) => each.toLowerCase() === name.toLowerCase());
  return (
    named(clusters, cluster) && (database === '' || databases.length === 0 || databases.includes(database))
  );
}
