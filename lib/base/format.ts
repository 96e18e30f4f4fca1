import type { Unit } from '@/lib/base/units';

const byteSteps = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Three significant digits at most, no exponent, thousands grouped: `1,240`, `12.4`, `0.124`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

/** Bytes in steps of 1024, as PostgreSQL's pg_size_pretty does. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–';
  let value = bytes;
  let step = 0;
  while (Math.abs(value) >= 1024 && step < byteSteps.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${formatNumber(step === 0 ? Math.round(value) : value)} ${byteSteps[step]}`;
}

/** A length of time in its two largest units: `850 ms`, `12.4 s`, `3 min 5 s`, `2 d 4 h`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const sign = seconds < 0 ? '−' : '';
  const size = Math.abs(seconds);
  if (size === 0) return '0 s';
  if (size < 0.001) return `${sign}${formatNumber(size * 1e6)} µs`;
  if (size < 1) return `${sign}${formatNumber(size * 1000)} ms`;
  if (size < 60) return `${sign}${formatNumber(size)} s`;
  const whole = Math.round(size);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor((whole % 86_400) / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'min'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  const shown = parts.slice(first, first + 2).filter(([amount]) => amount > 0);
  return sign + shown.map(([amount, name]) => `${amount} ${name}`).join(' ');
}

/** A number with its unit, as every page, finding and command line writes it. */
export function formatValue(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  switch (unit) {
    case 'percent':
      return `${formatNumber(value)} %`;
    case 'bytes':
      return formatBytes(value);
    case 'bytes-per-second':
      return `${formatBytes(value)}/s`;
    case 'per-second':
      return `${formatNumber(value)}/s`;
    case 'seconds':
      return formatDuration(value);
    case 'milliseconds':
      return formatDuration(value / 1000);
    default:
      return formatNumber(value);
  }
}

/** The first `maxLength` characters with `…` where something was cut; never half of a surrogate pair, which JSON refuses. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** `1 database`, `3 databases`; for words whose plural ends in s. */
export function plural(count: number, word: string): string {
  return `${formatNumber(count)} ${word}${count === 1 ? '' : 's'}`;
}
