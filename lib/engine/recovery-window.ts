import { gapsOf, joinRanges, type WalRange } from '@/lib/engine/wal-continuity';
import type { TimelineBranch } from '@/lib/engine/wal-names';

/** A backup set as the window sees it. Places in the log count segments; times are epoch seconds. */
export interface WindowBackup {
  id: string;
  timeline: number;
  /** Its own first and last segment: without all of them it can't be restored. */
  first: number;
  last: number;
  startedAt: number;
  stoppedAt: number;
  /** False for what was lost, expired or saved with damaged pages, or what depends on such a one. */
  isGood: boolean;
}

/** Seconds that a restore can reach on the way to one timeline, from a backup’s end on. */
export interface Reach {
  from: number;
  to: number;
  /** Backups that lead into it, oldest first. */
  backupIds: string[];
  /** The last segment that it rests on, and on which timeline. */
  lastSegment: number;
  timeline: number;
}

/** Seconds that no restore can reach, between two stretches that it can. */
export interface WindowHole {
  from: number;
  to: number;
  /** What is missing; empty when every segment is there, and only no backup leads into them. */
  missing: { timeline: number; first: number; last: number }[];
}

/** Segments missing in the middle of a timeline’s way, whatever they cost. */
export interface ArchiveHole {
  timeline: number;
  first: number;
  last: number;
  before: number | null;
  after: number | null;
  /** When a good backup that begins after it ended; null while everything after it can’t be reached. */
  healedAt: number | null;
  /** It lies exactly between two backups’ own segments: expiry leaves it so on purpose. */
  isByRetention: boolean;
}

export interface TimelineWindow {
  timeline: number;
  /** How this timeline came to be: from the root to itself. */
  path: { timeline: number; from: number; to: number | null }[];
  reaches: Reach[];
  holes: WindowHole[];
  archiveHoles: ArchiveHole[];
  /** Backups on its way that can be restored. */
  restorableIds: string[];
}

export interface WindowInput {
  ranges: readonly WalRange[];
  branches: readonly TimelineBranch[];
  backups: readonly WindowBackup[];
  /** The timeline that the server is on; the highest one known otherwise. */
  current: number | null;
  /** What the server itself says: everything that was written until `at` stands in segments up to `number`. */
  live?: { timeline: number; number: number; at: number };
}

type Leg = { timeline: number; from: number; to: number | null };

/** Segments along a path without a hole; each place of the log belongs to one timeline of a path. */
interface Run {
  first: number;
  last: number;
  firstAt: number | null;
  lastAt: number | null;
}

/** From the root to a timeline. A timeline without a known history begins where its first segment does. */
export function pathTo(timeline: number, branches: readonly TimelineBranch[]): Leg[] {
  const path: Leg[] = [{ timeline, from: 0, to: null }];
  const seen = new Set([timeline]);
  for (;;) {
    const leg = path[0] as Leg;
    const branch = branches.find((each) => each.timeline === leg.timeline);
    if (!branch || seen.has(branch.parent)) return path;
    seen.add(branch.parent);
    leg.from = branch.number;
    path.unshift({ timeline: branch.parent, from: 0, to: branch.number - 1 });
  }
}

/** A stretch that is cut where its timeline ends for us: the moment of that segment is not known. */
function alongPath(ranges: readonly WalRange[], path: readonly Leg[]): Run[] {
  const clipped = path.flatMap((leg) =>
    ranges.flatMap((range) => {
      const last = leg.to === null ? range.last : Math.min(range.last, leg.to);
      const first = Math.max(range.first, leg.from);
      if (range.timeline !== leg.timeline || first > last) return [];
      return [
        {
          first,
          last,
          firstAt: first === range.first ? range.firstAt : null,
          lastAt: last === range.last ? range.lastAt : null,
        },
      ];
    }),
  );
  return joinRanges(clipped.map((run) => ({ ...run, timeline: 0 })));
}

function timelineAt(path: readonly Leg[], number: number): number {
  return (path.findLast((leg) => leg.from <= number) ?? (path[0] as Leg)).timeline;
}

/** The window of one path. */
function windowOnPath(input: WindowInput, path: readonly Leg[], runs: readonly Run[]): TimelineWindow {
  const timeline = (path.at(-1) as Leg).timeline;
  const onPath = input.backups
    .filter((backup) =>
      path.some(
        (leg) =>
          leg.timeline === backup.timeline &&
          backup.first >= leg.from &&
          (leg.to === null || backup.last <= leg.to),
      ),
    )
    .sort((left, right) => left.stoppedAt - right.stoppedAt);
  const insideOf = (run: Run) => (backup: WindowBackup) =>
    backup.isGood && backup.first >= run.first && backup.last <= run.last;

  const reaches = runs.flatMap((run, index): Reach[] => {
    const into = onPath.filter(insideOf(run));
    const [oldest] = into;
    if (!oldest) return [];
    const own = endOfRun(input, run, index === runs.length - 1, path, oldest.stoppedAt);
    // What stands before a backup's first segment was written before that backup began: an archive that fell behind
    // gives its files later dates than that.
    const later = onPath.filter(({ first }) => first > run.last).map(({ startedAt }) => startedAt);
    return [
      {
        from: oldest.stoppedAt,
        to: Math.max(oldest.stoppedAt, Math.min(own, ...later)),
        backupIds: into.map(({ id }) => id),
        lastSegment: run.last,
        timeline: timelineAt(path, run.last),
      },
    ];
  });
  const gaps = gapsOf(runs.map((run) => ({ ...run, timeline: 0 })));
  const holes = reaches.flatMap((reach, index): WindowHole[] => {
    const next = reaches[index + 1];
    if (!next) return [];
    const upTo = onPath.find(({ id }) => id === next.backupIds[0])?.first ?? next.lastSegment;
    const missing = gaps.filter((gap) => gap.first > reach.lastSegment && gap.last < upTo);
    return [
      {
        from: reach.to,
        to: next.from,
        missing: missing.map(({ first, last }) => ({ timeline: timelineAt(path, first), first, last })),
      },
    ];
  });
  const oldestFirst = Math.min(...onPath.filter(({ isGood }) => isGood).map(({ first }) => first));
  const archiveHoles = gaps
    .filter((gap) => gap.first > oldestFirst)
    .map((gap): ArchiveHole => {
      const heals = runs
        .filter((run) => run.first > gap.last)
        .flatMap((run) => onPath.filter(insideOf(run)))
        .map(({ stoppedAt }) => stoppedAt);
      return {
        timeline: timelineAt(path, gap.first),
        first: gap.first,
        last: gap.last,
        before: gap.before,
        after: gap.after,
        healedAt: heals.length > 0 ? Math.min(...heals) : null,
        isByRetention:
          onPath.some(({ last }) => last === gap.first - 1) &&
          onPath.some(({ first }) => first === gap.last + 1),
      };
    });
  return {
    timeline,
    path: path.map((leg) => ({ ...leg })),
    reaches,
    holes,
    archiveHoles,
    restorableIds: reaches.flatMap(({ backupIds }) => backupIds),
  };
}

/** Until when a run's changes are surely in it. */
function endOfRun(
  { live }: WindowInput,
  run: Run,
  isLast: boolean,
  path: readonly Leg[],
  atLeast: number,
): number {
  const filed = run.lastAt ?? atLeast;
  if (!isLast || !live || live.timeline !== (path.at(-1) as Leg).timeline) return filed;
  return run.last >= live.number ? live.at : Math.min(filed, live.at);
}

/**
 * What a restore can reach, by timeline: the one that the server is on comes first, then those that lead away from its
 * way. A segment missing in the middle ends the reach of every backup before it; it begins again at the next backup.
 */
export function recoveryWindow(input: WindowInput): TimelineWindow[] {
  const ranges = joinRanges(input.ranges);
  const known = new Set([
    ...ranges.map(({ timeline }) => timeline),
    ...input.backups.map(({ timeline }) => timeline),
  ]);
  if (input.current !== null) known.add(input.current);
  if (known.size === 0) return [];
  const current = input.current ?? Math.max(...known);
  const of = (timeline: number) => {
    const path = pathTo(timeline, input.branches);
    return { path, window: windowOnPath(input, path, alongPath(ranges, path)) };
  };
  const main = of(current);
  const covered = new Set(main.path.map(({ timeline }) => timeline));
  const others = [...known]
    .filter((timeline) => !covered.has(timeline))
    .sort((left, right) => right - left)
    .map(of);
  return [main.window, ...others.map(({ window }) => window)];
}

/** Ids of backups that can’t be restored because one that they depend on is not good; `dependsOn` holds labels. */
export function withoutBase(
  backups: readonly { id: string; label: string | null; dependsOn: readonly string[]; isGood: boolean }[],
): Set<string> {
  const good = new Set(backups.filter(({ isGood }) => isGood).map(({ label }) => label));
  return new Set(
    backups.filter(({ dependsOn }) => dependsOn.some((label) => !good.has(label))).map(({ id }) => id),
  );
}

/** Seconds from one moment to another, both reachable. */
export interface Stretch {
  from: number;
  to: number;
}

/** Stretches of several repositories as one: what either can reach can be reached. In order, none touching another. */
export function unionOf(stretches: readonly Stretch[]): Stretch[] {
  const union: Stretch[] = [];
  for (const { from, to } of [...stretches].sort((left, right) => left.from - right.from)) {
    const open = union.at(-1);
    if (open && from <= open.to) open.to = Math.max(open.to, to);
    else union.push({ from, to });
  }
  return union;
}

/** What lies between stretches. */
export function betweenOf(union: readonly Stretch[]): Stretch[] {
  return union.slice(1).map(({ from }, index) => ({ from: union[index]?.to ?? from, to: from }));
}
