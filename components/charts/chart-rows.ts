/** A measured line: moments in epoch ms, ascending, each with its value; null where it could not be measured. */
export interface ChartLine {
  id: string;
  label: string;
  points: readonly (readonly [at: number, value: number | null])[];
}

export type ChartRow = { at: number } & Record<string, number | null>;

/**
 * Lines as rows for drawing. Moments are put into buckets of `stepMs`, because the databases of a server are not
 * read at the same instant. One missed bucket is bridged; a longer hole stays a hole (null), so that it is drawn
 * as a gap and never as zero.
 */
export function chartRows(lines: readonly ChartLine[], stepMs: number): ChartRow[] {
  const rows = new Map<number, ChartRow>();
  const rowAt = (at: number): ChartRow => {
    const known = rows.get(at);
    if (known) return known;
    const row: ChartRow = { at };
    rows.set(at, row);
    return row;
  };
  const bucket = (at: number) => Math.round(at / stepMs) * stepMs;
  for (const line of lines) {
    let previous: number | undefined;
    for (const [at, value] of line.points) {
      const here = bucket(at);
      if (previous !== undefined && here - previous > 2.5 * stepMs) rowAt(previous + stepMs);
      rowAt(here)[line.id] = value;
      previous = here;
    }
  }
  const sorted = [...rows.values()].sort((left, right) => left.at - right.at);
  for (const line of lines) bridge(sorted, line.id, stepMs);
  return sorted;
}

/** Fills what only lacks a value because another line was measured between two points of this one. */
function bridge(rows: ChartRow[], id: string, stepMs: number): void {
  let last: { at: number; value: number | null } | undefined;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as ChartRow;
    const own = row[id];
    if (own !== undefined) {
      last = { at: row.at, value: own };
      continue;
    }
    const next = rows.slice(index + 1, index + 4).find((each) => each[id] !== undefined);
    const near = last !== undefined && next !== undefined && next.at - last.at <= 2.5 * stepMs;
    row[id] = near ? (last?.value ?? null) : null;
  }
}

/** The bucket for a range: never finer than the check's cadence, and few enough points to draw at once. */
export function bucketMs(from: number, to: number, everySeconds: number, mostPoints = 360): number {
  return Math.max(everySeconds * 1000, Math.ceil((to - from) / mostPoints / 1000) * 1000);
}
