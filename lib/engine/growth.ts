/** A straight line through sizes over days: how fast something grows, and how sure that is. */
export interface Growth {
  /** Units per day; negative when it shrinks. */
  perDay: number;
  /** Where the truth lies with some certainty: two standard errors to each side. */
  lowPerDay: number;
  highPerDay: number;
  /** Days between the first and the last point. */
  days: number;
}

/** A forecast from less would be a guess: a night's load alone would double every table. */
export const leastDays = 3;
const leastPoints = 6;
const daySeconds = 86_400;

/**
 * Fits a line by least squares over (epoch seconds, value) points; gaps are just missing points. Undefined while there
 * are fewer than three days: too early to tell.
 */
export function fitGrowth(points: readonly (readonly [at: number, value: number])[]): Growth | undefined {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || points.length < leastPoints) return undefined;
  const days = (last[0] - first[0]) / daySeconds;
  if (days < leastDays) return undefined;
  const count = points.length;
  const xs = points.map(([at]) => (at - first[0]) / daySeconds);
  const meanX = xs.reduce((sum, x) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, value]) => sum + value, 0) / count;
  let spreadX = 0;
  let together = 0;
  points.forEach(([, value], place) => {
    const x = (xs[place] ?? 0) - meanX;
    spreadX += x * x;
    together += x * (value - meanY);
  });
  if (spreadX === 0) return undefined;
  const perDay = together / spreadX;
  const residual = points.reduce((sum, [, value], place) => {
    const off = value - meanY - perDay * ((xs[place] ?? 0) - meanX);
    return sum + off * off;
  }, 0);
  const error = Math.sqrt(residual / (count - 2) / spreadX);
  return { perDay, lowPerDay: perDay - 2 * error, highPerDay: perDay + 2 * error, days };
}

/** Days until so much more is reached at a rate; null when it does not grow. */
export function daysUntil(more: number, perDay: number): number | null {
  return perDay > 0 && more >= 0 ? more / perDay : null;
}
