import { formatBytes, formatDuration, formatNumber } from '@/lib/base/format';

export type Fact = string | number | boolean | null | Fact[] | { [key: string]: Fact };

/** Written as people write them. */
const shortForms = /\b(rto|rpo|lsn|wal|id|sql)\b/g;

/**
 * `restoreSeconds` → `Restore`, `largestTables` → `Largest tables`, `rtoSeconds` → `RTO`: the unit is in the name and
 * goes to the value.
 */
export function factLabel(key: string): string {
  if (key === 'bytes') return 'Size';
  if (key === 'seconds') return 'Took';
  const bare = key.replace(/(Seconds|Bytes|Ms|Percent)$/, '') || key;
  const words = bare
    .replace(/[_-]+/g, ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(shortForms, (short) => short.toUpperCase())
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Names, though they are numbers: nobody groups their digits. */
const numberedThings = /^(port|pid|oid|xid|timeline|ordinal)$|(Port|Pid|Oid|Xid|Timeline|Ordinal)$/;

/** A number with the unit that its name carries. */
export function factNumber(key: string, value: number): string {
  if (numberedThings.test(key)) return String(value);
  if (/seconds$/i.test(key)) return formatDuration(value);
  if (/ms$/.test(key)) return formatDuration(value / 1000);
  if (/bytes$/i.test(key)) return formatBytes(value);
  if (/percent$/i.test(key)) return `${formatNumber(value)} %`;
  return formatNumber(value);
}

/** A fact as one line; rows are told by their values, since a person reads no JSON. */
export function factText(key: string, value: Fact): string {
  if (value === null) return '–';
  if (typeof value === 'number') return factNumber(key, value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  if (Array.isArray(value))
    return value.length === 0
      ? 'none'
      : value.map((each) => factText(key, each)).join(isTable(value) ? '; ' : ', ');
  return Object.entries(value)
    .map(([name, each]) => factText(name, each))
    .join(' ');
}

export function isRecord(value: Fact | undefined): value is { [key: string]: Fact } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Rows of objects with the same kind of fields: a table. */
export function isTable(value: Fact): value is { [key: string]: Fact }[] {
  return Array.isArray(value) && value.length > 0 && value.every((row) => isRecord(row));
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function factRank([key, value]: [string, Fact]): number {
  if (value === null) return 8;
  if (typeof value === 'number') {
    if (/^r[pt]oSeconds$/.test(key)) return 0;
    return /seconds$|ms$/i.test(key) ? 1 : /bytes$/i.test(key) ? 2 : 3;
  }
  if (typeof value !== 'string') return 4;
  return uuidPattern.test(value) ? 7 : value.length > 40 ? 6 : 5;
}

/**
 * Stored JSON has no order of its own, but for the length of its names. What was measured comes first, the promise of
 * RPO and RTO before all; then sizes, counts, names; paths, sentences and identifiers are read by few; last what is empty.
 */
export function factOrder(entries: readonly [string, Fact][]): [string, Fact][] {
  return [...entries].sort((left, right) => factRank(left) - factRank(right));
}
