import { PlumblineError } from '@/lib/base/errors';
import type { Statements, StatementsQuery } from '@/lib/contract/statements';
import { isAllowed, type RoleName } from '@/lib/engine/roles';
import { isoOfEpoch, windowOf } from '@/lib/queries/window';
import { catalogue } from '@/lib/registry/descriptors';
import { resultsOf } from '@/lib/store/check-results';
import type { Store } from '@/lib/store/db';
import { loginsOf } from '@/lib/store/instance-logins';
import { findInstance } from '@/lib/store/instances';
import { readStatements, type StatementTotals } from '@/lib/store/statement-totals';

/**
 * Statements of an instance by what they did in a window. pg_stat_statements replaces the constants of queries by
 * `$1`, but not those of utility statements (`alter role … password '…'`): their text is for those who may see literals.
 *
 * @throws PlumblineError `not-found`
 */
export async function statementsOfInstance(
  db: Store,
  role: RoleName,
  instanceId: string,
  query: StatementsQuery,
  now: Date = new Date(),
): Promise<Statements> {
  const instance = await findInstance(db, instanceId);
  if (!instance) {
    throw new PlumblineError('not-found', 'There is no such instance.', {
      next: 'It may have been removed.',
    });
  }
  const window = windowOf(query, now);
  const check = catalogue.checks.find(({ rowsFrom }) => rowsFrom === 'statements');
  const [{ items, totals }, results, logins] = await Promise.all([
    readStatements(db, {
      instanceId,
      from: isoOfEpoch(window.from),
      to: isoOfEpoch(window.to),
      sort: query.sort,
      limit: query.limit,
      ...(query.database !== undefined && { database: query.database }),
    }),
    check ? resultsOf(db, instanceId, { checkIds: [check.id], rows: false }) : [],
    loginsOf(db, [instanceId]),
  ]);
  const mayReadLiterals = isAllowed(role, 'statement-literals');
  const own = new Set(logins.filter(({ purpose }) => purpose === 'watch').map(({ username }) => username));
  const result = results[0];
  return {
    from: isoOfEpoch(window.from),
    to: isoOfEpoch(window.to),
    items: items.map((item) => ({
      ...shown(item, totals.totalMs),
      isOwn: own.has(item.username),
      ...shownText(item.text, mayReadLiterals),
    })),
    totals,
    state: result?.state ?? null,
    reason: result?.reason ?? null,
    mend: result?.mend ?? null,
    observedAt: result?.observed_at ?? null,
  };
}

function shown(item: StatementTotals, allMs: number) {
  return {
    id: String(item.id),
    database: item.database,
    username: item.username,
    queryid: item.queryid,
    toplevel: item.toplevel,
    calls: item.calls,
    totalMs: item.total_ms,
    meanMs: item.calls > 0 ? item.total_ms / item.calls : 0,
    sharePercent: allMs > 0 ? (100 * item.total_ms) / allMs : 0,
    rows: item.rows,
    sharedHit: item.shared_hit,
    sharedRead: item.shared_read,
    tempWritten: item.temp_written,
    walBytes: item.wal_bytes,
    lowerBound: item.lower_bound,
    lastAt: item.last_at,
  };
}

/** Statements whose constants the extension takes out (PostgreSQL documentation, F.32.1): planned ones. */
const normalised =
  /^\s*(?:\/\*(?:[^*]|\*(?!\/))*\*\/\s*|--[^\n]*\n\s*)*(?:select|insert|update|delete|merge|with|values|table)\b/i;

/** Comments may hold anything, literals of a utility statement stay: both only for those who may see literals. */
export function shownText(
  text: string | null,
  mayReadLiterals: boolean,
): { text: string | null; textHidden: boolean } {
  if (text === null || mayReadLiterals) return { text, textHidden: false };
  const isSafe = normalised.test(text) && !/'|--|\/\*/.test(text);
  return isSafe ? { text, textHidden: false } : { text: null, textHidden: true };
}
