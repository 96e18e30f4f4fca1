/** What a number means. The unit decides how it is written; the number itself is always in this base unit. */
export const units = [
  'count',
  'percent', // 0 to 100
  'bytes',
  'bytes-per-second',
  'per-second',
  'seconds',
  'milliseconds',
  'transactions',
  'rows',
  'none',
] as const;

export type Unit = (typeof units)[number];
