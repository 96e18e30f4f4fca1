import { formatNumber, formatValue } from '@/lib/base/format';
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

/** How the values of an axis are counted: bytes in powers of two, times in the unit that fits the axis. */
interface AxisScale {
  /** Values of the unit in one step of the scale: 60 for minutes. */
  size: number;
  base: 10 | 1024;
  name: string | null;
}

const durations = [
  { size: 86_400, name: 'd' },
  { size: 3600, name: 'h' },
  { size: 60, name: 'min' },
  { size: 1, name: 's' },
  { size: 0.001, name: 'ms' },
];

function axisScale(high: number, unit: Unit): AxisScale {
  if (unit === 'bytes' || unit === 'bytes-per-second') return { size: 1, base: 1024, name: null };
  if (unit !== 'seconds' && unit !== 'milliseconds') return { size: 1, base: 10, name: null };
  const perSecond = unit === 'seconds' ? 1 : 1000;
  const fitting = durations.find(({ size }) => high / perSecond >= size * 2.5) ?? { size: 0.001, name: 'ms' };
  return { size: fitting.size * perSecond, base: 10, name: fitting.name };
}

/** Round values that enclose `low` to `high`, about five of them. */
export function valueTicks(low: number, high: number, unit: Unit): number[] {
  const { size, base } = axisScale(high, unit);
  const span = (high - low) / size;
  if (!(span > 0)) return [low, low + size];
  const scale = base ** Math.floor(Math.log(span) / Math.log(base));
  const parts = base === 1024 ? [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] : [0.1, 0.2, 0.25, 0.5, 1, 2, 5];
  const steps = [...parts.map((part) => (part * scale) / base), ...parts.map((part) => part * scale)];
  const whole = unit === 'count' || unit === 'rows' || unit === 'transactions';
  const step = (steps.find((each) => span / each <= 4.5 && (!whole || each >= 1)) ?? scale) * size;
  const ticks: number[] = [];
  for (let at = Math.floor(low / step) * step; at < high + step * 0.999; at += step) {
    ticks.push(Number(at.toPrecision(12)));
  }
  return ticks;
}

/** The text of a value on an axis that was made for values up to `high`: one unit for all of them. */
export function valueTickText(value: number, high: number, unit: Unit): string {
  const { size, name } = axisScale(high, unit);
  return name === null ? formatValue(value, unit) : `${formatNumber(value / size)} ${name}`;
}
