import type { RetentionPolicy } from '@/lib/contract/retention';
import { periodsOf } from '@/lib/engine/retention-periods';

/** A stored backup as retention sees it. Times are ISO 8601. */
export interface RetentionBackup {
  id: string;
  type: 'logical' | 'physical';
  database: string | null;
  stanzaId: string | null;
  repository: number | null;
  label: string | null;
  method: 'dump' | 'full' | 'diff' | 'incr' | null;
  /** Labels that it cannot be restored without. */
  dependsOn: readonly string[];
  finishedAt: string;
  bytes: number;
  state: 'ready' | 'missing';
  hasErrors: boolean;
  pinned: { by: string; reason: string } | null;
  holdUntil: string | null;
  /** Verdict of its newest drill. */
  drill: 'pass' | 'partial' | 'fail' | 'info' | null;
  /** Whether any drill of it has passed, also an older one. */
  isProven: boolean;
  /** What works with it now, as a phrase; null when nothing does. */
  usedBy: string | null;
}

export interface KeepReason {
  rule:
    | 'newest'
    | 'recent'
    | 'daily'
    | 'monthly'
    | 'yearly'
    | 'weekly-full'
    | 'daily-diff'
    | 'recoverable'
    | 'proven'
    | 'pinned'
    | 'held'
    | 'in-use'
    | 'needed'
    | 'frozen';
  text: string;
}

export interface RetentionVerdict {
  id: string;
  keeps: boolean;
  /** Why it is kept; empty for what goes. */
  reasons: KeepReason[];
}

/** Dumps of one database, or the backup sets of one stanza in one repository: judged by themselves. */
export interface RetentionGroup {
  key: string;
  type: 'logical' | 'physical';
  database: string | null;
  stanzaId: string | null;
  repository: number | null;
  /** Newest first. */
  verdicts: RetentionVerdict[];
  frozen: string | null;
  reachesBack: { before: string | null; after: string | null };
  /** Of a physical one: the newest so many kept full backups need all WAL from their start on. */
  fullsWithWal: number;
}

const dayMs = 86_400_000;
const keyOf = (backup: RetentionBackup) =>
  backup.type === 'logical' ? `d ${backup.database}` : `p ${backup.stanzaId} ${backup.repository}`;

/** Why nothing of a group may go: its newest copy is not known to be good, and older ones may be all there is. */
function frozenBy(newest: RetentionBackup): string | null {
  if (newest.state === 'missing') return 'the newest one is missing';
  if (newest.hasErrors) return 'the newest one holds damaged pages';
  if (newest.drill === 'fail') return 'the newest one failed its drill';
  return null;
}

/**
 * Says of each backup whether it is kept, and why: grandfather, father, son by the calendar of the policy's zone (the
 * newest of each of the last so many days, months and years that have one, so that backups which stop coming never
 * empty the shelf), and on top what must never go whatever the numbers say. Applied again to what is kept, nothing
 * more goes. Pure.
 */
export function judgeRetention(
  backups: readonly RetentionBackup[],
  policy: RetentionPolicy,
  now: Date,
): RetentionGroup[] {
  const groups = new Map<string, RetentionBackup[]>();
  for (const backup of backups) groups.set(keyOf(backup), [...(groups.get(keyOf(backup)) ?? []), backup]);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, of]) => judgeGroup(key, of, policy, now));
}

function judgeGroup(
  key: string,
  backups: RetentionBackup[],
  policy: RetentionPolicy,
  now: Date,
): RetentionGroup {
  const all = backups.sort((a, b) =>
    a.finishedAt === b.finishedAt
      ? a.id < b.id
        ? 1
        : -1
      : Date.parse(b.finishedAt) - Date.parse(a.finishedAt),
  );
  const ready = all.filter((backup) => backup.state === 'ready');
  const reasons = new Map<string, KeepReason[]>(ready.map((backup) => [backup.id, []]));
  const keep = (backup: RetentionBackup | undefined, rule: KeepReason['rule'], text: string) => {
    if (backup) reasons.get(backup.id)?.push({ rule, text });
  };
  const [first] = all;
  const frozen = first ? frozenBy(first) : null;
  const isLogical = first?.type !== 'physical';

  keep(ready[0], 'newest', 'the newest');
  // Damaged pages make a copy that is kept but never counted upon.
  keep(
    ready.find((backup) => !backup.hasErrors),
    'newest',
    'the newest without errors',
  );
  keep(
    ready.find((backup) => backup.isProven && backup.drill !== 'fail') ??
      ready.find((backup) => backup.isProven),
    'proven',
    'the last one that a drill has proven',
  );
  for (const backup of ready) {
    if (now.getTime() - Date.parse(backup.finishedAt) < dayMs) keep(backup, 'recent', 'less than a day old');
    if (backup.pinned) keep(backup, 'pinned', `pinned by ${backup.pinned.by}: ${backup.pinned.reason}`);
    if (backup.holdUntil && Date.parse(backup.holdUntil) > now.getTime())
      keep(backup, 'held', `on legal hold until ${backup.holdUntil}`);
    if (backup.usedBy) keep(backup, 'in-use', `in use by ${backup.usedBy}`);
    if (frozen) keep(backup, 'frozen', `nothing goes while ${frozen}`);
  }
  const usable = ready.filter((backup) => !backup.hasErrors);
  const base = isLogical
    ? undefined
    : usable.find(
        (backup) => now.getTime() - Date.parse(backup.finishedAt) >= policy.physical.walDays * dayMs,
      );
  if (isLogical) keepDumps(usable, policy, keep);
  else keepSets(usable, policy, keep, base);
  const kept = closeChains(ready, reasons);
  const isKept = (backup: RetentionBackup) => kept.has(backup.id);
  const oldest = (of: RetentionBackup[]) => of.at(-1)?.finishedAt ?? null;
  const start = base && isKept(base) ? base : usable.filter(isKept).at(-1);
  return {
    key,
    type: isLogical ? 'logical' : 'physical',
    database: first?.database ?? null,
    stanzaId: first?.stanzaId ?? null,
    repository: first?.repository ?? null,
    verdicts: ready.map(({ id }) => ({ id, keeps: kept.has(id), reasons: reasons.get(id) ?? [] })),
    frozen,
    reachesBack: {
      before: oldest(usable),
      after: isLogical ? oldest(usable.filter(isKept)) : (start?.finishedAt ?? null),
    },
    fullsWithWal: fullsFrom(ready.filter(isKept), start),
  };
}

type Keep = (backup: RetentionBackup | undefined, rule: KeepReason['rule'], text: string) => void;

function keepDumps(ready: readonly RetentionBackup[], policy: RetentionPolicy, keep: Keep): void {
  const { daily, monthly, yearly } = policy.logical;
  for (const [period, amount, rule] of [
    ['day', daily, 'daily'],
    ['month', monthly, 'monthly'],
    ['year', yearly, 'yearly'],
  ] as const) {
    for (const { item, name } of periodsOf(ready, period, policy.zone, amount))
      keep(item, rule, `the newest of ${name}`);
  }
}

function keepSets(
  ready: readonly RetentionBackup[],
  policy: RetentionPolicy,
  keep: Keep,
  base: RetentionBackup | undefined,
): void {
  const { weeklyFulls, dailyDiffs, walDays } = policy.physical;
  const fulls = ready.filter((backup) => backup.method === 'full');
  const others = ready.filter((backup) => backup.method !== 'full');
  for (const { item, name } of periodsOf(fulls, 'week', policy.zone, weeklyFulls))
    keep(item, 'weekly-full', `the newest full of the week of ${name}`);
  for (const { item, name } of periodsOf(others, 'day', policy.zone, dailyDiffs))
    keep(item, 'daily-diff', `the newest of ${name}`);
  keep(base, 'recoverable', `any second of the last ${walDays} days is recovered from it`);
}

/** A backup that is kept keeps all that it cannot be restored without. @returns the ids that stay. */
function closeChains(ready: readonly RetentionBackup[], reasons: Map<string, KeepReason[]>): Set<string> {
  const byLabel = new Map(ready.flatMap((backup) => (backup.label ? [[backup.label, backup] as const] : [])));
  const kept = new Set<string>();
  const queue = ready.filter(({ id }) => (reasons.get(id)?.length ?? 0) > 0);
  for (let next = queue.pop(); next; next = queue.pop()) {
    if (kept.has(next.id)) continue;
    kept.add(next.id);
    for (const label of next.dependsOn) {
      const needed = byLabel.get(label);
      if (!needed || needed.id === next.id) continue;
      const of = reasons.get(needed.id);
      if (of && !of.some(({ rule }) => rule === 'needed'))
        of.push({ rule: 'needed', text: `${next.label ?? next.id} is restored with it` });
      if (!kept.has(needed.id)) queue.push(needed);
    }
  }
  return kept;
}

/** How many kept full backups there are from the one that a start hangs on up to now. `kept` is newest first. */
function fullsFrom(kept: readonly RetentionBackup[], start: RetentionBackup | undefined): number {
  const fulls = kept.filter((backup) => backup.method === 'full');
  if (!start) return fulls.length;
  const root = fulls.find(
    (full) =>
      full.id === start.id ||
      (full.label !== null && start.dependsOn.includes(full.label)) ||
      Date.parse(full.finishedAt) <= Date.parse(start.finishedAt),
  );
  return root ? fulls.indexOf(root) + 1 : fulls.length;
}
