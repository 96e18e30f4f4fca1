/** Minimum, median, 95th percentile and maximum of some measurements, in their unit. */
export interface Spread {
  n: number;
  min: number;
  p50: number;
  p95: number;
  max: number;
}

/** The spread of at least one measurement; percentiles are of the nearest rank. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (fraction: number) =>
    round(sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? Number.NaN);
  return { n: sorted.length, min: at(0), p50: at(0.5), p95: at(0.95), max: at(1) };
}

export function round(value: number): number {
  return Number(value.toPrecision(4));
}
