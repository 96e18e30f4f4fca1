import { formatDuration, plural } from '@/lib/base/format';
import type { CheckRow, DeriveInput } from '@/lib/engine/define-check';

/** An index that was used within so many days is in use: month-end work has had its turn by then. */
export const quietDays = 35;
const daySeconds = 86_400;
/** Below this nothing is gained by a drop: one page is the least that an index takes. */
export const smallBytes = 32 * 1024;
/** A standby's reading that is older says nothing of what ran there since. */
const peerFreshSeconds = 2 * 3600;

interface Usage {
  scans: number;
  /** For how long no scan of it is known, in seconds. */
  quietSeconds: number;
  /** Seconds since its last known use; undefined where none is known. */
  usedSecondsAgo: number | undefined;
}

const keyOf = (row: CheckRow) => JSON.stringify([row.schema, row.table, row.index]);
const isoOf = (epoch: number) => new Date(epoch * 1000).toISOString();
const secondsSince = (iso: CheckRow[string] | undefined, now: number) =>
  typeof iso === 'string' ? Math.max(0, now - Date.parse(iso) / 1000) : undefined;

/**
 * What is remembered of an index from reading to reading, beside what the server counts: since when it is watched,
 * when it appeared (the server does not tell), when its counter last moved (before 16 the server does not tell), and
 * when it was read. An index of another definition or with a smaller counter is another index, or one that is counted
 * anew.
 */
function remembered(row: CheckRow, before: CheckRow | undefined, isFirst: boolean, now: number): CheckRow {
  const at = isoOf(now);
  const isSame = before !== undefined && before.definition === row.definition;
  const scans = Number(row.scans);
  const wentBack = isSame && scans < Number(before.scans);
  const moved = isSame && (scans > Number(before.scans) || (wentBack && scans > 0));
  const appeared = isSame && !wentBack ? (before.appeared_at ?? null) : isFirst ? null : at;
  return {
    ...row,
    read_at: at,
    watched_since: isSame ? (before.watched_since ?? at) : at,
    appeared_at: appeared,
    moved_at: moved ? at : isSame ? (before.moved_at ?? null) : null,
  };
}

function usageOf(row: CheckRow, now: number): Usage {
  const scans = Number(row.scans);
  const asCounted = typeof row.idle_seconds === 'number' ? row.idle_seconds : undefined;
  const asSeen = secondsSince(row.moved_at, now);
  const usedSecondsAgo =
    asCounted === undefined || asSeen === undefined ? (asCounted ?? asSeen) : Math.min(asCounted, asSeen);
  const window = Number(row.window_seconds ?? 0);
  const limits = [secondsSince(row.appeared_at, now), usedSecondsAgo].filter((each) => each !== undefined);
  // Uses that were counted before we looked for the first time may have been a moment before that.
  if (scans > 0 && usedSecondsAgo === undefined) limits.push(secondsSince(row.watched_since, now) ?? 0);
  const isCounted = scans === 0 || usedSecondsAgo === undefined;
  return { scans, quietSeconds: Math.min(...limits, isCounted ? window : Infinity), usedSecondsAgo };
}

/** The same index on the other servers of the cluster, or why not all of them are known. */
function elsewhere(
  row: CheckRow,
  peers: readonly Map<string, CheckRow>[],
  now: number,
): { usages: Usage[]; unknown: string | undefined } {
  const usages: Usage[] = [];
  for (const peer of peers) {
    const found = peer.get(keyOf(row));
    const age = secondsSince(found?.read_at, now);
    if (!found || age === undefined || age > peerFreshSeconds)
      return { usages, unknown: 'a server of the cluster was not read lately, and queries there may use it' };
    usages.push(usageOf(found, now));
  }
  if (Number(row.standbys ?? 0) > peers.length)
    return { usages, unknown: 'a standby is not watched, and queries there may use it' };
  return { usages, unknown: undefined };
}

const rounded = (seconds: number) => {
  const days = Math.floor(seconds / daySeconds);
  return days >= 1 ? plural(days, 'day') : formatDuration(Math.max(1, Math.round(seconds)));
};

/** `used 31 days ago`, `not used in the 40 days that are known`. */
function usageWords(all: readonly Usage[]): string {
  const ages = all.map((each) => each.usedSecondsAgo).filter((each) => each !== undefined);
  const quiet = Math.min(...all.map((each) => each.quietSeconds));
  const where = all.length > 1 ? ` on any of its ${all.length} servers` : '';
  if (ages.length > 0 && Math.min(...ages) <= quiet) return `used ${rounded(Math.min(...ages))} ago`;
  return `not used${where} in the ${rounded(quiet)} that are known`;
}

function verdictOf(row: CheckRow, here: Usage, others: ReturnType<typeof elsewhere>): string {
  const longEnough = quietDays * daySeconds;
  if (row.kept !== null) return `kept: ${row.kept}`;
  if (Number(row.bytes) < smallBytes) return 'too small to matter';
  const all = [here, ...others.usages];
  const quiet = Math.min(...all.map(({ quietSeconds }) => quietSeconds));
  if (here.quietSeconds >= longEnough && quiet < longEnough) return 'used on another server';
  if (quiet < longEnough) return all.some(({ scans }) => scans > 0) ? 'used' : 'too early to tell';
  return others.unknown === undefined ? 'unused' : 'unknown';
}

/**
 * Judges the usage of each index over its window on this server and all others of the cluster. Rows come with `kept`
 * (why it is never dropped), `scans`, `window_seconds` (how long the server has counted), `idle_seconds` (since the
 * last use, from 16 on), `standbys` and `is_standby`; `now_epoch` is the server's clock.
 */
export function judgeUsage({ rows, previous, peers }: DeriveInput): CheckRow[] {
  const before = new Map((previous ?? []).map((row) => [keyOf(row), row]));
  const others = Object.values(peers).map((list) => new Map(list.map((row) => [keyOf(row), row])));
  return rows.map((raw) => {
    const now = Number(raw.now_epoch);
    const row = remembered(raw, before.get(keyOf(raw)), previous === undefined, now);
    const here = usageOf(row, now);
    // Whether an index can go is said once, by the primary; a standby only tells how it is used there.
    const isStandby = row.is_standby === 1;
    const there = isStandby ? { usages: [], unknown: undefined } : elsewhere(row, others, now);
    const verdict = isStandby ? 'judged on the primary' : verdictOf(row, here, there);
    const all = [here, ...there.usages];
    return {
      ...row,
      quiet_seconds: Math.round(Math.min(...all.map(({ quietSeconds }) => quietSeconds))),
      standby_scans: there.usages.reduce((sum, { scans }) => sum + scans, 0),
      usage: usageWords(all),
      verdict,
      unused: verdict === 'unused' ? 1 : 0,
      unknown_reason: verdict === 'unknown' ? (there.unknown ?? null) : null,
      note:
        row.supports === null
          ? ''
          : ` It serves the foreign key ${row.supports}: without it a delete of a parent row reads the whole table.`,
    };
  });
}
