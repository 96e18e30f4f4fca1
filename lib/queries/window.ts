import { PlumblineError } from '@/lib/base/errors';
import { type RangeName, rangeSeconds } from '@/lib/base/time';

export interface TimeWindow {
  /** Epoch seconds. */
  from: number;
  to: number;
}

const defaultRange: RangeName = '1h';
/** As long as anything is kept. */
const longestSeconds = 93 * 86_400;

/** The window that a query asks for: `from` and `to` where both are given, else a range that ends now. */
export function windowOf(
  query: { range?: string; from?: string; to?: string },
  now: Date = new Date(),
): TimeWindow {
  const to = query.to === undefined ? now.getTime() / 1000 : Date.parse(query.to) / 1000;
  const length = rangeSeconds[(query.range ?? defaultRange) as RangeName] ?? rangeSeconds[defaultRange];
  const from = query.from === undefined ? to - length : Date.parse(query.from) / 1000;
  if (from >= to) {
    throw new PlumblineError('bad-input', 'The window ends before it begins.', {
      next: 'Give a `from` that is earlier than `to`.',
      fields: { from: 'Not earlier than `to`.' },
    });
  }
  return { from: Math.max(from, to - longestSeconds), to };
}

export function isoOfEpoch(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
