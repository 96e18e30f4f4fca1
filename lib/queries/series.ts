import { PlumblineError } from '@/lib/base/errors';
import type { CheckSeries, SeriesAnswer, SeriesQuery } from '@/lib/contract/series';
import type { CheckDescriptor } from '@/lib/engine/descriptors';
import { knownChecks } from '@/lib/queries/known-checks';
import { isoOfEpoch, windowOf } from '@/lib/queries/window';
import type { Store } from '@/lib/store/db';
import {
  type BucketSums,
  bridgeJitter,
  findSeries,
  type Grid,
  gridFor,
  meanOf,
  perSecond,
  ratioOf,
  readBuckets,
  type StoredSeries,
} from '@/lib/store/series-read';

/** More lines than this nobody tells apart; the check's own limit is lower. */
const seriesAtMost = 60;
const checksAtMost = 40;

/**
 * Series of several checks of one instance over one window: one request for a page. Unknown ids are refused; a check
 * without any sample gives an empty list.
 *
 * @throws PlumblineError `bad-input`
 */
export async function seriesOfInstance(
  db: Store,
  instanceId: string,
  query: SeriesQuery,
  now: Date = new Date(),
): Promise<SeriesAnswer> {
  const window = windowOf(query, now);
  const ids = [...new Set((query.checks ?? query.check ?? '').split(',').filter(Boolean))];
  if (ids.length === 0 || ids.length > checksAtMost) {
    throw new PlumblineError('bad-input', `Name 1 to ${checksAtMost} checks.`, {
      fields: { checks: 'Missing.' },
    });
  }
  const known = await knownChecks(db);
  const checks = ids.map((id) => {
    const check = known.get(id);
    if (check) return check;
    throw new PlumblineError('bad-input', `There is no check ${id}.`, {
      fields: { checks: `No check ${id}.` },
    });
  });
  const found = await findSeries(db, {
    instanceIds: [instanceId],
    checkIds: ids,
    from: window.from,
    ...(query.database !== undefined && { database: query.database }),
  });
  const items = await Promise.all(
    checks.map((check) => {
      const grid = gridFor({ ...window, cadenceSeconds: check.everySeconds, maxPoints: query.maxPoints });
      const own = found.filter(({ checkId }) => checkId === check.id);
      return checkSeries(db, check, own, grid, window.to);
    }),
  );
  return { from: isoOfEpoch(window.from), to: isoOfEpoch(window.to), items };
}

/** The series of one check over a grid, those written last first where there are too many. */
export async function checkSeries(
  db: Store,
  check: CheckDescriptor,
  found: readonly StoredSeries[],
  grid: Grid,
  to: number,
): Promise<CheckSeries> {
  // Those written last first; then in the order they came to be, so that colours stay.
  const kept = found.slice(0, seriesAtMost).sort((left, right) => left.id - right.id);
  const buckets = await bucketsOf(db, kept, grid);
  const series = kept.flatMap((one) => {
    const sums = buckets.get(one.id);
    return sums ? [shownSeries(check, one, sums, grid)] : [];
  });
  let newest = -1;
  for (const sums of buckets.values()) {
    newest = Math.max(newest, ...sums.counts.map((counts) => counts.findLastIndex((count) => count > 0)));
  }
  return {
    check: check.id,
    ...grid,
    series,
    truncated: found.length > kept.length,
    newestAt: newest < 0 ? null : isoOfEpoch(Math.min(to, grid.start + (newest + 1) * grid.stepSeconds)),
  };
}

/** Series that share their columns are read together. */
export async function bucketsOf(
  db: Store,
  series: readonly StoredSeries[],
  grid: Grid,
): Promise<Map<number, BucketSums>> {
  const groups = new Map<string, StoredSeries[]>();
  for (const one of series) {
    const name = JSON.stringify(one.columns);
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  const parts = await Promise.all(
    [...groups.values()].map((group) =>
      readBuckets(
        db,
        group.map(({ id }) => id),
        group[0]?.columns.length ?? 0,
        grid,
      ),
    ),
  );
  return new Map(parts.flatMap((part) => [...part]));
}

function shownSeries(check: CheckDescriptor, one: StoredSeries, sums: BucketSums, grid: Grid) {
  const place = new Map(one.columns.map((name, index) => [name, index]));
  const bridged = (values: (number | null)[]) => round(bridgeJitter(values, sums, grid, check.everySeconds));
  const columns: Record<string, (number | null)[]> = {};
  const maximum: Record<string, (number | null)[]> = {};
  const ratios: Record<string, (number | null)[]> = {};
  for (const [name, column] of Object.entries(check.columns)) {
    const at = place.get(name);
    if (at === undefined) continue;
    columns[name] = bridged(column.role === 'counter' ? perSecond(sums, at) : meanOf(sums, at));
    if (column.role === 'gauge') maximum[name] = bridged(sums.maxima[at] ?? []);
  }
  for (const [name, ratio] of Object.entries(check.ratios ?? {})) {
    const places = (names: readonly string[]) => names.map((each) => place.get(each) ?? -1);
    ratios[name] = bridged(ratioOf(sums, places(ratio.of), places(ratio.over)));
  }
  return { database: one.database === '' ? null : one.database, key: one.key, columns, maximum, ratios };
}

/** Six digits are more than any chart shows, and half the bytes of what a division leaves. */
function round(values: (number | null)[]): (number | null)[] {
  return values.map((value) => (value === null ? null : Number(value.toPrecision(6))));
}
