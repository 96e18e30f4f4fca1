import type { z } from 'zod';
import type { sparklineSchema } from '@/lib/contract/fleet';
import { bucketsOf } from '@/lib/queries/series';
import { catalogue, checkDescriptor } from '@/lib/registry/descriptors';
import type { Store } from '@/lib/store/db';
import {
  type BucketSums,
  findSeries,
  gridFor,
  meanOf,
  ratioOf,
  type StoredSeries,
} from '@/lib/store/series-read';

type Sparkline = z.infer<typeof sparklineSchema>;

/** What the fleet page draws of each cluster: the column or ratio that a check itself offers for it. */
const drawn = catalogue.checks
  .flatMap((check) => (check.onFleet?.as === 'sparkline' ? [{ check: check.id, ...check.onFleet }] : []))
  .sort((left, right) => left.order - right.order);
const lengthSeconds = 3600;
const pointsAtMost = 30;

/** Sparklines of the last hour by instance: over all keys of a check together, counters per second. */
export async function sparklinesOf(
  db: Store,
  instanceIds: readonly string[],
  now: Date,
): Promise<Map<string, Sparkline[]>> {
  const to = now.getTime() / 1000;
  const from = to - lengthSeconds;
  const found = await findSeries(db, { instanceIds, checkIds: drawn.map(({ check }) => check), from });
  const grid = gridFor({ from, to, cadenceSeconds: 60, maxPoints: pointsAtMost });
  const buckets = await bucketsOf(db, found, grid);
  return new Map(
    instanceIds.map((instanceId) => [
      instanceId,
      drawn.flatMap(({ check: checkId, column: name }): Sparkline[] => {
        const check = checkDescriptor(checkId);
        if (!check) return [];
        const own = found.filter((one) => one.instanceId === instanceId && one.checkId === checkId);
        const column = check.columns[name];
        const ratio = check.ratios?.[name];
        const parts = own.flatMap((one) => {
          const sums = buckets.get(one.id);
          return sums ? [{ one, sums }] : [];
        });
        const values = ratio
          ? sharedRatio(parts, ratio, grid.points)
          : column?.role === 'counter'
            ? summedRate(parts, name, grid.points)
            : parts[0]
              ? meanOf(parts[0].sums, parts[0].one.columns.indexOf(name))
              : new Array<null>(grid.points).fill(null);
        const isRate = column?.role === 'counter';
        return [
          {
            check: checkId,
            label: ratio?.label ?? `${column?.label ?? name}${isRate ? ' per second' : ''}`,
            unit: ratio ? 'percent' : isRate ? 'per-second' : (column?.unit ?? 'none'),
            start: grid.start,
            stepSeconds: grid.stepSeconds,
            values: values.map((value) => (value === null ? null : Number(value.toPrecision(4)))),
            latest: values.findLast((value) => value !== null) ?? null,
          },
        ];
      }),
    ]),
  );
}

interface Part {
  one: StoredSeries;
  sums: BucketSums;
}

/** Rates of several keys added up: each is measured over its own seconds. */
function summedRate(parts: readonly Part[], name: string, points: number): (number | null)[] {
  return Array.from({ length: points }, (_, at) => {
    let total: number | null = null;
    for (const { one, sums } of parts) {
      const seconds = sums.seconds[at];
      const sum = sums.sums[one.columns.indexOf(name)]?.[at];
      if (typeof seconds === 'number' && seconds > 0 && typeof sum === 'number')
        total = (total ?? 0) + sum / seconds;
    }
    return total;
  });
}

/** A ratio over several keys: sums over all of them, never a mean of ratios. */
function sharedRatio(
  parts: readonly Part[],
  ratio: { of: readonly string[]; over: readonly string[] },
  points: number,
): (number | null)[] {
  const names = [...new Set([...ratio.of, ...ratio.over])];
  const all: BucketSums = {
    seconds: new Array<number | null>(points).fill(null),
    longestSeconds: [],
    counts: [],
    maxima: [],
    sums: names.map((name) =>
      Array.from({ length: points }, (_, at) => {
        const cells = parts.map(({ one, sums }) => sums.sums[one.columns.indexOf(name)]?.[at] ?? null);
        const known = cells.filter((cell) => cell !== null);
        return known.length > 0 ? known.reduce((sum, cell) => sum + cell, 0) : null;
      }),
    ),
  };
  const places = (wanted: readonly string[]) => wanted.map((name) => names.indexOf(name));
  return ratioOf(all, places(ratio.of), places(ratio.over));
}
