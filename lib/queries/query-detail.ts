import { PlumblineError } from '@/lib/base/errors';
import type { QueryDetail, QueryDetailQuery, QuerySeries } from '@/lib/contract/queries';
import { isAllowed, type RoleName } from '@/lib/engine/roles';
import { addFigures, coverageOf, figuresOf, statementsState } from '@/lib/queries/query-figures';
import { shownText } from '@/lib/queries/statements';
import { isoOfEpoch, windowOf } from '@/lib/queries/window';
import type { Store } from '@/lib/store/db';
import { findQuery, readAllMs, readCallers, readQueryBuckets } from '@/lib/store/query-history';
import { type Grid, gridFor } from '@/lib/store/series-read';
import { measuredSeconds } from '@/lib/store/statement-readings';

const cadenceSeconds = 60;
/** What the collector asks for of a text. */
const textMaxLength = 10_000;

/**
 * One query of an instance over a window: its text, who calls it, its curves.
 *
 * @throws PlumblineError `not-found` when no statement of this query id was ever seen there.
 */
export async function queryOfInstance(
  db: Store,
  role: RoleName,
  of: { instanceId: string; queryid: string },
  asked: QueryDetailQuery,
  now: Date = new Date(),
): Promise<QueryDetail> {
  const { instanceId, queryid } = of;
  const query = await findQuery(db, instanceId, queryid);
  if (!query) {
    throw new PlumblineError('not-found', 'No such query was seen on this server.', {
      next: 'See the list of queries over a longer range.',
    });
  }
  const window = windowOf(asked, now);
  const { ids } = query;
  const back = asked.compareSeconds;
  const then = { from: window.from - (back ?? 0), to: window.to - (back ?? 0) };
  const grid = gridFor({ ...window, cadenceSeconds, maxPoints: asked.maxPoints });
  const earlierGrid = { ...grid, start: grid.start - (back ?? 0) };
  const [callers, before, allMs, series, earlierSeries, coverage, state] = await Promise.all([
    readCallers(db, ids, window),
    back === undefined ? undefined : readCallers(db, ids, then),
    readAllMs(db, instanceId, window),
    seriesOf(db, instanceId, ids, grid),
    back === undefined ? null : seriesOf(db, instanceId, ids, earlierGrid),
    coverageOf(db, { instanceId, ...window }),
    statementsState(db, instanceId),
  ]);
  const figures = addFigures(callers.map(figuresOf));
  return {
    queryid,
    from: isoOfEpoch(window.from),
    to: isoOfEpoch(window.to),
    ...shownText(query.text, isAllowed(role, 'statement-literals')),
    textIsCut: (query.text?.length ?? 0) >= textMaxLength,
    firstAt: query.firstAt,
    lastAt: query.lastAt,
    figures,
    earlier: before?.length ? addFigures(before.map(figuresOf)) : null,
    sharePercent: allMs > 0 ? Math.min(100, (100 * figures.totalMs) / allMs) : 0,
    callers: callers.map((caller) => ({
      ...figuresOf(caller),
      database: caller.database,
      username: caller.username,
      toplevel: caller.toplevel,
    })),
    series,
    earlierSeries,
    coverage,
    ...state,
  };
}

async function seriesOf(
  db: Store,
  instanceId: string,
  ids: readonly number[],
  grid: Grid,
): Promise<QuerySeries> {
  const [buckets, seconds] = await Promise.all([
    readQueryBuckets(db, ids, grid),
    measuredSeconds(db, instanceId, grid),
  ]);
  const each = (value: (sums: ReturnType<typeof figuresOf> | undefined, seconds: number) => number | null) =>
    Array.from({ length: grid.points }, (_, bucket) => {
      const measured = seconds.get(bucket);
      if (!measured) return null;
      const sums = buckets.get(bucket);
      const found = value(sums && figuresOf(sums), measured);
      return found === null ? null : Number(found.toPrecision(6));
    });
  const rate = (
    name:
      | 'calls'
      | 'totalMs'
      | 'rows'
      | 'sharedHit'
      | 'sharedRead'
      | 'sharedDirtied'
      | 'tempWritten'
      | 'walBytes',
  ) => each((sums, measured) => (sums?.[name] ?? 0) / measured);
  return {
    ...grid,
    callsPerSecond: rate('calls'),
    timePerSecond: rate('totalMs'),
    // Of no call there is no mean.
    meanMs: each((sums) => (sums && sums.calls > 0 ? sums.meanMs : null)),
    maxMs: each((sums) => sums?.maxMs ?? null),
    rowsPerSecond: rate('rows'),
    sharedHitPerSecond: rate('sharedHit'),
    sharedReadPerSecond: rate('sharedRead'),
    sharedDirtiedPerSecond: rate('sharedDirtied'),
    tempWrittenPerSecond: rate('tempWritten'),
    walBytesPerSecond: rate('walBytes'),
  };
}
