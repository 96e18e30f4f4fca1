import { type StatementDelta, type StatementKey, statementName } from '@/lib/store/statements';

/** What pg_stat_statements shows of one statement at one moment. */
export interface StatementCounters extends StatementKey {
  calls: number;
  totalMs: number;
  rows: number;
  sharedHit: number;
  sharedRead: number;
  tempWritten: number;
  walBytes: number;
  /** When this entry began to count (17 and newer), epoch seconds. */
  since: number | null;
}

/** All of it at one moment, with what tells of resets and evictions (pg_stat_statements_info, 14 and newer). */
export interface StatementReading {
  rows: StatementCounters[];
  resetEpoch: number | null;
  evictions: number | null;
  serverEpoch: number;
}

const counted = ['calls', 'totalMs', 'rows', 'sharedHit', 'sharedRead', 'tempWritten', 'walBytes'] as const;

/**
 * What each statement did between two readings; only those that moved. From 17 on each entry says since when it
 * counts, which is exact. Before, a counter that went back means that the entry was evicted or reset and came again:
 * what it shows now is at least what it did.
 */
export function statementDeltas(before: StatementReading, now: StatementReading): StatementDelta[] {
  const wasReset = before.resetEpoch !== now.resetEpoch;
  const wasEvicting = before.evictions !== now.evictions;
  const earlier = new Map(before.rows.map((row) => [statementName(row), row]));
  const deltas: StatementDelta[] = [];
  for (const row of now.rows) {
    const old = earlier.get(statementName(row));
    const delta = old ? grown(old, row, wasReset) : appeared(before, row, wasReset || wasEvicting);
    if (delta && delta.calls > 0) deltas.push(delta);
  }
  return deltas;
}

function grown(old: StatementCounters, row: StatementCounters, wasReset: boolean): StatementDelta {
  const began = row.since !== null && row.since !== old.since;
  const wentBack = counted.some((name) => row[name] < old[name]);
  if (began || wentBack || (wasReset && row.since === null))
    return { ...keyAndCounts(row), lowerBound: true };
  const delta = keyAndCounts(row);
  for (const name of counted) delta[name] = row[name] - old[name];
  return { ...delta, lowerBound: false };
}

function appeared(
  before: StatementReading,
  row: StatementCounters,
  wasDisturbed: boolean,
): StatementDelta | undefined {
  // An entry that counts for longer than since the last reading would have been in it.
  if (row.since !== null && row.since < before.serverEpoch - 1) return undefined;
  return { ...keyAndCounts(row), lowerBound: row.since === null && wasDisturbed };
}

function keyAndCounts(row: StatementCounters): Omit<StatementDelta, 'lowerBound'> {
  const { since: _since, ...rest } = row;
  return rest;
}
