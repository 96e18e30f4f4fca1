import type { BoundRange, RangeStep } from '@/lib/procedures/partition-bounds';

const maxNameBytes = 63;

/** ISO 8601 week: the year that its Thursday is in. */
function isoWeek(at: Date): { year: number; week: number } {
  const thursday = new Date(at);
  thursday.setUTCDate(at.getUTCDate() + 3 - ((at.getUTCDay() + 6) % 7));
  const firstDay = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return {
    year: thursday.getUTCFullYear(),
    week: 1 + Math.floor((thursday.getTime() - firstDay) / (7 * 86_400_000)),
  };
}

/** Ways in which people end the names of partitions by the day that they begin at; the longest that fits counts. */
const timeEndings: ((at: Date) => string)[] = [
  (at) => `${year(at)}_${month(at)}_${day(at)}`,
  (at) => `${year(at)}-${month(at)}-${day(at)}`,
  (at) => `${year(at)}${month(at)}${day(at)}`,
  (at) => `y${year(at)}m${month(at)}d${day(at)}`,
  (at) => `${year(at)}_${month(at)}`,
  (at) => `${year(at)}-${month(at)}`,
  (at) => `${year(at)}m${month(at)}`,
  (at) => `${year(at)}${month(at)}`,
  (at) => `${year(at)}_q${quarter(at)}`,
  (at) => `${year(at)}q${quarter(at)}`,
  (at) => `${isoWeek(at).year}_w${two(isoWeek(at).week)}`,
  (at) => `${isoWeek(at).year}w${two(isoWeek(at).week)}`,
  (at) => year(at),
];

/** What an ending must tell apart: a name that ends in a month cannot name days. */
const endingsOf: Record<Exclude<RangeStep['unit'], 'integer'>, number[]> = {
  day: [0, 1, 2, 3],
  week: [0, 1, 2, 3, 10, 11],
  month: [0, 1, 2, 3, 4, 5, 6, 7],
  quarter: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  year: timeEndings.map((_, index) => index),
};

const two = (value: number) => String(value).padStart(2, '0');
const year = (at: Date) => String(at.getUTCFullYear()).padStart(4, '0');
const month = (at: Date) => two(at.getUTCMonth() + 1);
const day = (at: Date) => two(at.getUTCDate());
const quarter = (at: Date) => String(Math.floor(at.getUTCMonth() / 3) + 1);

/** Cuts text to so many bytes of UTF-8, never through a character. */
export function cutToBytes(text: string, bytes: number): string {
  let cut = text;
  while (Buffer.byteLength(cut) > bytes) cut = [...cut].slice(0, -1).join('');
  return cut;
}

/**
 * Names for new partitions as the newest one is named: its prefix and the same kind of ending. Without a known
 * ending: the table's name, the first key or day. Never longer than 63 bytes.
 */
export function partitionNames(
  table: string,
  newest: { name: string; range: BoundRange },
  ranges: readonly BoundRange[],
  step: RangeStep,
): string[] {
  const found = step.unit === 'integer' ? integerEnding(newest) : timeEnding(newest, step.unit);
  const write = found?.write ?? ((range: BoundRange) => fallbackEnding(range, step));
  const prefix = found?.prefix ?? `${table}_`;
  return ranges.map((range) => {
    const ending = write(range);
    return `${cutToBytes(prefix, maxNameBytes - Buffer.byteLength(ending))}${ending}`;
  });
}

interface Ending {
  prefix: string;
  write(range: BoundRange): string;
}

function timeEnding(
  newest: { name: string; range: BoundRange },
  unit: keyof typeof endingsOf,
): Ending | undefined {
  for (const index of endingsOf[unit]) {
    const ending = timeEndings[index];
    const written = ending?.(new Date(Number(newest.range.from)));
    if (ending && written && newest.name.endsWith(written)) {
      const prefix = newest.name.slice(0, -written.length);
      return { prefix, write: (range) => ending(new Date(Number(range.from))) };
    }
  }
  return undefined;
}

/** Integer partitions end in their first key, their last one, or the first of the next. */
function integerEnding(newest: { name: string; range: BoundRange }): Ending | undefined {
  const ways = [
    (range: BoundRange) => `${range.from}_${range.to}`,
    (range: BoundRange) => `${range.from}_${range.to - 1n}`,
    (range: BoundRange) => String(range.from),
    (range: BoundRange) => String(range.to),
    (range: BoundRange) => String(range.to - 1n),
  ];
  for (const write of ways) {
    const written = write(newest.range);
    const prefix = newest.name.slice(0, -written.length);
    if (newest.name.endsWith(written) && !/\d$/.test(prefix)) return { prefix, write };
  }
  return undefined;
}

function fallbackEnding(range: BoundRange, step: RangeStep): string {
  if (step.unit === 'integer') return String(range.from).replace('-', 'minus_');
  const at = new Date(Number(range.from));
  return `${year(at)}${month(at)}${day(at)}`;
}
