import type { Unit } from '@/lib/base/units';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const timeSteps = [
  10_000,
  30_000,
  minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  5 * day,
  10 * day,
];

/** Round moments in local time between two moments (ms), at most `most` of them. */
export function timeTicks(from: number, to: number, most: number): number[] {
  const step = timeSteps.find((each) => (to - from) / each <= most) ?? 30 * day;
  // Whole hours and days are those of the reader's clock.
  const offset = new Date(from).getTimezoneOffset() * minute;
  const ticks: number[] = [];
  for (let at = Math.ceil((from - offset) / step) * step + offset; at <= to; at += step) ticks.push(at);
  return ticks;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockSeconds = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** A tick's text: seconds, clock or date, by how much time the axis shows. */
export function timeTickText(at: number, spanMs: number): string {
  if (spanMs <= 3 * minute) return clockSeconds.format(at);
  if (spanMs <= 30 * hour) return clock.format(at);
  return spanMs <= 8 * day ? `${date.format(at)} ${clock.format(at)}` : date.format(at);
}

/** Round values from `low` (0 or below) to `high`, about four of them; bytes in powers of two. */
export function valueTicks(low: number, high: number, unit: Unit): number[] {
  const span = high - low;
  if (!(span > 0)) return [low, low + 1];
  const base =
    unit === 'bytes' || unit === 'bytes-per-second' ? 1024 : unit === 'seconds' && span > 300 ? 60 : 10;
  const scale =
    base === 10 ? 10 ** Math.floor(Math.log10(span)) : base ** Math.floor(Math.log(span) / Math.log(base));
  const parts =
    base === 1024
      ? [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
      : base === 60
        ? [1, 2, 5, 10, 15, 30]
        : [0.1, 0.2, 0.25, 0.5, 1, 2, 5];
  const candidates = [
    ...parts.map((part) => part * scale),
    ...parts.map((part) => (part * scale) / base),
  ].sort((a, b) => a - b);
  const whole = unit === 'count' || unit === 'rows' || unit === 'transactions';
  const step = candidates.find((each) => span / each <= 4.5 && (!whole || each >= 1)) ?? scale;
  const first = Math.floor(low / step) * step;
  const ticks: number[] = [];
  for (let at = first; at < high + step * 0.999; at += step) ticks.push(Number(at.toPrecision(12)));
  return ticks;
}
