/** What a partition key is measured in. Times are whole milliseconds since 1970 in UTC, integers themselves. */
export type BoundDomain = 'date' | 'timestamp' | 'timestamptz' | 'int2' | 'int4' | 'int8';

export interface BoundRange {
  from: bigint;
  to: bigint;
}

export type ParsedBound =
  | { kind: 'range'; range: BoundRange }
  | { kind: 'default' }
  /** A side without end: nothing can be added there. */
  | { kind: 'open'; side: 'from' | 'to' };

export type RangeStep =
  | { unit: 'day' | 'week' | 'month' | 'quarter' | 'year' }
  | { unit: 'integer'; size: bigint };

const dayMs = 86_400_000;
const monthsOf = { month: 1, quarter: 3, year: 12 } as const;
const daysOf = { day: 1, week: 7 } as const;
const calendarUnits = ['year', 'quarter', 'month', 'week', 'day'] as const;
const integerLimits: Partial<Record<BoundDomain, bigint>> = {
  int2: 32_767n,
  int4: 2_147_483_647n,
  int8: 9_223_372_036_854_775_807n,
};

/** Bound domains by the type's name as format_type gives it. */
export const domainOfType: Record<string, BoundDomain> = {
  date: 'date',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
};

const isTime = (domain: BoundDomain) => domain === 'date' || domain.startsWith('timestamp');

/**
 * Reads what pg_get_expr says of a partition with one key column, in a session with time zone UTC and ISO dates:
 * `FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')`, `DEFAULT`.
 * @returns undefined for anything else: BC dates, infinity, several columns.
 */
export function parseBound(text: string, domain: BoundDomain): ParsedBound | undefined {
  if (text === 'DEFAULT') return { kind: 'default' };
  const match = /^FOR VALUES FROM \((.+)\) TO \((.+)\)$/.exec(text);
  const [, fromText, toText] = match ?? [];
  if (fromText === undefined || toText === undefined) return undefined;
  if (fromText === 'MINVALUE') return { kind: 'open', side: 'from' };
  if (toText === 'MAXVALUE') return { kind: 'open', side: 'to' };
  const from = parseValue(fromText, domain);
  const to = parseValue(toText, domain);
  return from === undefined || to === undefined ? undefined : { kind: 'range', range: { from, to } };
}

function parseValue(text: string, domain: BoundDomain): bigint | undefined {
  const value = text.startsWith("'") && text.endsWith("'") ? text.slice(1, -1) : text;
  if (!isTime(domain)) return /^-?\d+$/.test(value) ? BigInt(value) : undefined;
  const match = /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d))?(\+00)?$/.exec(value);
  if (!match || (match[7] !== undefined) !== (domain === 'timestamptz')) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0));
  return BigInt(Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second));
}

/** The end of the range that begins at `from`; undefined when a calendar unit cannot begin there. */
function endOf(from: bigint, step: RangeStep): bigint | undefined {
  if (step.unit === 'integer') return from + step.size;
  const at = new Date(Number(from));
  if (Number(from) % dayMs !== 0) return undefined;
  if (step.unit === 'day' || step.unit === 'week') return from + BigInt(daysOf[step.unit] * dayMs);
  // The 29th and later do not exist in every month.
  if (at.getUTCDate() > 28) return undefined;
  return BigInt(at.setUTCMonth(at.getUTCMonth() + monthsOf[step.unit]));
}

/** How long the newest ranges are, if they agree: the last three decide, so that an old change of step is no matter. */
export function detectStep(sorted: readonly BoundRange[], domain: BoundDomain): RangeStep | undefined {
  const newest = sorted.slice(-3);
  const last = newest.at(-1);
  if (!last) return undefined;
  const fits = (step: RangeStep) => newest.every((range) => endOf(range.from, step) === range.to);
  if (!isTime(domain)) {
    const step: RangeStep = { unit: 'integer', size: last.to - last.from };
    return fits(step) ? step : undefined;
  }
  return calendarUnits.map((unit): RangeStep => ({ unit })).find(fits);
}

/** The next ranges after `start`; fewer than `count` where the type's largest value is reached. */
export function nextRanges(start: bigint, step: RangeStep, count: number, domain: BoundDomain): BoundRange[] {
  const ranges: BoundRange[] = [];
  const limit = integerLimits[domain];
  for (let from = start; ranges.length < count; ) {
    const to = endOf(from, step);
    if (to === undefined || (limit !== undefined && to > limit)) break;
    ranges.push({ from, to });
    from = to;
  }
  return ranges;
}

export function sortRanges<T extends { range: BoundRange }>(partitions: readonly T[]): T[] {
  return [...partitions].sort((left, right) => (left.range.from < right.range.from ? -1 : 1));
}

/** Stretches between two neighbours that no partition takes. */
export function gapsBetween(sorted: readonly BoundRange[]): BoundRange[] {
  const gaps: BoundRange[] = [];
  for (const [index, range] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next && range.to < next.from) gaps.push({ from: range.to, to: next.from });
  }
  return gaps;
}

/** A bound as a literal of its type, in UTC whatever the session's zone. Digits and marks alone: nothing to quote. */
export function boundLiteral(value: bigint, domain: BoundDomain): string {
  if (!isTime(domain)) return String(value);
  const iso = new Date(Number(value)).toISOString();
  if (domain === 'date') return `'${iso.slice(0, 10)}'`;
  return `'${iso.slice(0, 10)} ${iso.slice(11, 19)}${domain === 'timestamptz' ? '+00' : ''}'`;
}

/** A bound for people: without quotes. */
export function boundText(value: bigint, domain: BoundDomain): string {
  return boundLiteral(value, domain).replaceAll("'", '');
}

export function stepText(step: RangeStep): string {
  return step.unit === 'integer' ? `${step.size} keys` : `one ${step.unit}`;
}
