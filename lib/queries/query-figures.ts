import type { Coverage, QueryFigures } from '@/lib/contract/queries';
import { catalogue } from '@/lib/registry/descriptors';
import { resultsOf } from '@/lib/store/check-results';
import type { Store } from '@/lib/store/db';
import type { Sums } from '@/lib/store/query-list';
import { readCoverage } from '@/lib/store/statement-readings';

export function figuresOf(row: Sums): QueryFigures {
  const totalMs = row.total_ms + row.plan_ms;
  return {
    calls: row.calls,
    totalMs,
    planMs: row.plan_ms,
    ioMs: row.io_ms,
    meanMs: row.calls > 0 ? totalMs / row.calls : 0,
    minMs: row.min_ms,
    maxMs: row.max_ms,
    rows: row.rows,
    sharedHit: row.shared_hit,
    sharedRead: row.shared_read,
    sharedDirtied: row.shared_dirtied,
    tempWritten: row.temp_written,
    walBytes: row.wal_bytes,
    lowerBound: row.lower_bound,
  };
}

/** Added up: by statements, or by windows. */
export function addFigures(all: readonly QueryFigures[]): QueryFigures {
  const sum = (name: Exclude<keyof QueryFigures, 'lowerBound' | 'minMs' | 'maxMs' | 'meanMs'>) =>
    all.reduce((total, one) => total + one[name], 0);
  const known = (name: 'minMs' | 'maxMs') => all.flatMap((one) => one[name] ?? []);
  const calls = sum('calls');
  const totalMs = sum('totalMs');
  return {
    calls,
    totalMs,
    planMs: sum('planMs'),
    ioMs: sum('ioMs'),
    meanMs: calls > 0 ? totalMs / calls : 0,
    minMs: known('minMs').length > 0 ? Math.min(...known('minMs')) : null,
    maxMs: known('maxMs').length > 0 ? Math.max(...known('maxMs')) : null,
    rows: sum('rows'),
    sharedHit: sum('sharedHit'),
    sharedRead: sum('sharedRead'),
    sharedDirtied: sum('sharedDirtied'),
    tempWritten: sum('tempWritten'),
    walBytes: sum('walBytes'),
    lowerBound: all.some(({ lowerBound }) => lowerBound),
  };
}

/** The server counts active time when it gets round to it: over a short window the sums may be a little ahead. */
export async function coverageOf(
  db: Store,
  window: { instanceId: string; from: number; to: number },
): Promise<Coverage> {
  const { accountedMs, databaseMs, ...rest } = await readCoverage(db, window);
  const percent =
    databaseMs === null || databaseMs <= 0 ? null : Math.min(100, (100 * accountedMs) / databaseMs);
  return { percent, accountedMs, databaseMs, ...rest };
}

/** How the check behind all of it stands. */
export async function statementsState(db: Store, instanceId: string) {
  const check = catalogue.checks.find(({ rowsFrom }) => rowsFrom === 'statements');
  const [result] = check ? await resultsOf(db, instanceId, { checkIds: [check.id], rows: false }) : [];
  return {
    state: result?.state ?? null,
    reason: result?.reason ?? null,
    mend: result?.mend ?? null,
    observedAt: result?.observed_at ?? null,
  };
}
