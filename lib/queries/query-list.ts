import { PlumblineError } from '@/lib/base/errors';
import type { Queries, QueriesQuery, QueryItem } from '@/lib/contract/queries';
import { isAllowed, type RoleName } from '@/lib/engine/roles';
import { coverageOf, figuresOf, statementsState } from '@/lib/queries/query-figures';
import { shownText } from '@/lib/queries/statements';
import { isoOfEpoch, windowOf } from '@/lib/queries/window';
import type { Store } from '@/lib/store/db';
import { loginsOf } from '@/lib/store/instance-logins';
import { findInstance } from '@/lib/store/instances';
import {
  type QueryRow,
  readQueries,
  readQueriesAgain,
  readQueryFilters,
  readQuerySparks,
} from '@/lib/store/query-list';
import { gridFor } from '@/lib/store/series-read';
import { measuredSeconds } from '@/lib/store/statement-readings';

const cadenceSeconds = 60;
/** A month is 31 days at most, as its days are not cut. */
const sparkPoints = 32;
/** A spark for more rows than anybody looks at would cost more than the list. */
const sparksAtMost = 100;

/**
 * Queries of an instance by what they did in a window, over all their users and databases, most first.
 *
 * @throws PlumblineError `not-found`
 */
export async function queriesOfInstance(
  db: Store,
  role: RoleName,
  instanceId: string,
  query: QueriesQuery,
  now: Date = new Date(),
): Promise<Queries> {
  if (!(await findInstance(db, instanceId))) {
    throw new PlumblineError('not-found', 'There is no such instance.', {
      next: 'It may have been removed.',
    });
  }
  const window = windowOf(query, now);
  const mayReadLiterals = isAllowed(role, 'statement-literals');
  // The operate login may be one that people use too.
  const ownUsers = (await loginsOf(db, [instanceId]))
    .filter(({ purpose }) => purpose !== 'operate')
    .map(({ username }) => username);
  const { items, totals } = await readQueries(db, {
    instanceId,
    ...window,
    ...(query.database !== undefined && { database: query.database }),
    ...(query.user !== undefined && { user: query.user }),
    ...(query.search !== undefined && { search: query.search }),
    ownUsers,
    withOwn: query.own === 'shown',
    plainTextsOnly: !mayReadLiterals,
    sort: query.sort,
    limit: query.limit,
  });
  const ids = items.flatMap((item) => item.ids);
  const back = query.compareSeconds;
  const grid = gridFor({ ...window, cadenceSeconds, maxPoints: sparkPoints });
  const [earlier, sparks, seconds, filters, coverage, state] = await Promise.all([
    back === undefined
      ? undefined
      : readQueriesAgain(db, { from: window.from - back, to: window.to - back, ids }),
    readQuerySparks(
      db,
      items.slice(0, sparksAtMost).flatMap((item) => item.ids),
      grid,
    ),
    measuredSeconds(db, instanceId, grid),
    readQueryFilters(db, instanceId),
    coverageOf(db, { instanceId, ...window }),
    statementsState(db, instanceId),
  ]);
  const sparkOf = (item: QueryRow) =>
    Array.from({ length: grid.points }, (_, bucket) => {
      const measured = seconds.get(bucket);
      const ms = sparks.get(item.queryid)?.get(bucket) ?? 0;
      return measured ? Number((ms / measured).toPrecision(4)) : null;
    });
  return {
    from: isoOfEpoch(window.from),
    to: isoOfEpoch(window.to),
    items: items.map((item, place): QueryItem => {
      const before = earlier?.get(item.queryid);
      const figures = figuresOf(item);
      return {
        ...figures,
        queryid: item.queryid,
        databases: item.databases,
        users: item.users,
        ...shownText(item.text, mayReadLiterals),
        isOwn: item.users.every((user) => ownUsers.includes(user)),
        isNested: item.toplevel_ms === 0 && figures.totalMs > 0,
        sharePercent: totals.allMs > 0 ? Math.min(100, (100 * figures.totalMs) / totals.allMs) : 0,
        isNew: Date.parse(item.first_at) / 1000 >= window.from,
        firstAt: item.first_at,
        lastAt: item.last_at,
        earlier: before ? figuresOf(before) : null,
        spark: place < sparksAtMost ? sparkOf(item) : [],
      };
    }),
    spark: grid,
    totals,
    filters,
    coverage,
    ...state,
  };
}
