import type { StatementDelta, StatementKey } from '@/lib/store/statements';

/** What is counted of a statement. Times in ms, blocks of 8 kB. */
export const counted = [
  'calls',
  'totalMs',
  'planMs',
  'ioMs',
  'rows',
  'sharedHit',
  'sharedRead',
  'sharedDirtied',
  'tempWritten',
  'walBytes',
] as const;

/** What pg_stat_statements shows of one statement at one moment. */
export interface StatementCounters extends StatementKey, Record<(typeof counted)[number], number> {
  /** The extension's own key: names of databases and roles can change. */
  entry: string;
  /** When this entry began to count (17 and newer), epoch seconds. */
  since: number | null;
  /** The shortest and the longest call since the entry began to count. */
  minMs: number;
  maxMs: number;
}

/** All of it at one moment, with what tells of resets and evictions (pg_stat_statements_info, 14 and newer). */
export interface StatementReading {
  rows: StatementCounters[];
  /** Entries that the login may not see. */
  hidden: number;
  resetEpoch: number | null;
  evictions: number | null;
  serverEpoch: number;
  maxEntries: number | null;
  /** By database: the time that sessions were active, ms (pg_stat_database, 14 and newer). */
  activeMs: ReadonlyMap<string, number>;
}

/**
 * What each statement did between two readings; only those that moved. From 17 on each entry says since when it
 * counts, which is exact. Before, a counter that went back means that the entry was evicted or reset and came again:
 * what it shows now is at least what it did.
 */
export function statementDeltas(before: StatementReading, now: StatementReading): StatementDelta[] {
  const disturbed = {
    reset: before.resetEpoch !== now.resetEpoch,
    evicting: evictedBetween(before, now) !== 0,
    // Somebody granted the right to see more: what appears has counted for long.
    unveiled: now.hidden < before.hidden,
  };
  const earlier = new Map(before.rows.map((row) => [row.entry, row]));
  const deltas: StatementDelta[] = [];
  for (const row of now.rows) {
    const old = earlier.get(row.entry);
    const delta = old ? grown(old, row, disturbed) : appeared(before, row, disturbed);
    if (delta && delta.calls > 0) deltas.push(delta);
  }
  return deltas;
}

interface Disturbed {
  reset: boolean;
  evicting: boolean;
  unveiled: boolean;
}

function grown(old: StatementCounters, row: StatementCounters, disturbed: Disturbed): StatementDelta {
  if (row.since === null ? disturbed.reset || beganAgain(old, row) : row.since !== old.since) {
    return { ...whole(row), lowerBound: true };
  }
  const delta = { ...whole(row), minMs: null as number | null, maxMs: null as number | null };
  for (const name of counted) delta[name] = Math.max(0, row[name] - old[name]);
  // One call is its own extreme; of several only a new extreme is known to be of this time.
  if (row.minMs < old.minMs) delta.minMs = row.minMs;
  if (row.maxMs > old.maxMs) delta.maxMs = row.maxMs;
  if (delta.calls === 1) delta.minMs = delta.maxMs = delta.totalMs;
  // Evicted and come again it would show just this, had it been called more than ever before within this time.
  const doubtful = row.since === null && disturbed.evicting && row.calls > 2 * old.calls;
  return { ...delta, lowerBound: doubtful };
}

/** A counter that went back, or an extreme that an entry which went on counting could not have lost. */
function beganAgain(old: StatementCounters, row: StatementCounters): boolean {
  return counted.some((name) => row[name] < old[name]) || row.maxMs < old.maxMs || row.minMs > old.minMs;
}

function appeared(
  before: StatementReading,
  row: StatementCounters,
  disturbed: Disturbed,
): StatementDelta | undefined {
  // An entry is there from the parsing of its first call on and is shown from the end of that call: one that is older
  // than the last reading and was not in it has only now ended its first call, unless it was hidden from us.
  const isOlder = row.since === null || row.since < before.serverEpoch;
  if (disturbed.unveiled && isOlder) return undefined;
  return { ...whole(row), lowerBound: row.since === null && (disturbed.reset || disturbed.evicting) };
}

/** All that the entry has counted: its extremes are of this time too. */
function whole({
  entry: _entry,
  since: _since,
  ...rest
}: StatementCounters): Omit<StatementDelta, 'lowerBound'> {
  return rest;
}

/** Entries that were evicted between two readings; a reset sets the counter back. Null where it is not counted. */
export function evictedBetween(before: StatementReading, now: StatementReading): number | null {
  if (now.evictions === null || before.evictions === null) return null;
  return now.evictions >= before.evictions ? now.evictions - before.evictions : now.evictions;
}

/**
 * For how long sessions were active between two readings, ms. A database that is new counts whole, and so does one whose
 * statistics were reset: then it is at least so much. Null where the server does not count it.
 */
export function activeBetween(before: StatementReading, now: StatementReading): number | null {
  if (now.activeMs.size === 0) return null;
  let total = 0;
  for (const [database, ms] of now.activeMs) {
    const old = before.activeMs.get(database) ?? 0;
    total += ms >= old ? ms - old : ms;
  }
  return total;
}

/** Execution and planning of what clients asked for themselves: nested statements are a part of those. */
export function accountedMs(deltas: readonly StatementDelta[]): number {
  return deltas.reduce((sum, delta) => (delta.toplevel ? sum + delta.totalMs + delta.planMs : sum), 0);
}
