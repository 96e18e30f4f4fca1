import type { QueryFigures, QueryItem, QuerySort } from '@/lib/contract/queries';

/** What stands for the text of a query, also where there is none to show. */
export function textOf({ text, textHidden }: Pick<QueryItem, 'text' | 'textHidden'>): string {
  if (textHidden) return 'hidden from your role: it may hold literals';
  return text ?? 'evicted before its text was read';
}

/** One line of it, for lists. */
export function shortText(item: Pick<QueryItem, 'text' | 'textHidden'>): string {
  return textOf(item).replace(/\s+/g, ' ').trim();
}

/** Columns of the list that the server can rank by, and what it calls them. */
export const sortOfColumn: Readonly<Record<string, QuerySort>> = {
  totalMs: 'time',
  sharePercent: 'time',
  meanMs: 'mean',
  maxMs: 'max',
  calls: 'calls',
  rows: 'rows',
  blocks: 'blocks',
  sharedRead: 'reads',
  sharedDirtied: 'dirtied',
  tempWritten: 'temp',
  walBytes: 'wal',
  ioMs: 'io',
  planMs: 'plan',
};

/** By how much a figure has grown, in percent; null when there was nothing before. */
export function grownBy(now: number, before: number | undefined): number | null {
  return before === undefined || before <= 0 ? null : (100 * (now - before)) / before;
}

/** `+12 %`, `−40 %`. */
export function signedPercent(value: number): string {
  const size =
    Math.abs(value) >= 1000 ? `×${Math.round(value / 100 + 1)}` : `${Math.abs(Math.round(value))} %`;
  if (size.startsWith('×')) return size;
  return `${value < 0 ? '−' : '+'}${size}`;
}

export function blocksOf({ sharedHit, sharedRead }: QueryFigures): number {
  return sharedHit + sharedRead;
}
