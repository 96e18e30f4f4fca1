/** Ranges that a page can show, by the word in its URL. */
export const rangeSeconds = {
  '15m': 900,
  '1h': 3600,
  '6h': 21_600,
  '24h': 86_400,
  '7d': 604_800,
  '30d': 2_592_000,
} as const;

export type RangeName = keyof typeof rangeSeconds;
export const rangeNames = Object.keys(rangeSeconds) as RangeName[];

/** `YYYY-MM-DD` of a moment in UTC: the name of its day partition. */
export function utcDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** How long ago something was, in seconds; never negative, since clocks of servers differ a little. */
export function ageSeconds(at: string | Date, now: Date = new Date()): number {
  return Math.max(0, (now.getTime() - new Date(at).getTime()) / 1000);
}
