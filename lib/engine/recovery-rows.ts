import { formatDuration } from '@/lib/base/format';
import type { CheckRow } from '@/lib/engine/define-check';
import type { ArchiveHole, TimelineWindow } from '@/lib/engine/recovery-window';
import type { RepositoryLook } from '@/lib/engine/repository-look';
import { gapText } from '@/lib/engine/wal-continuity';

/** `2026-11-14 02:11 UTC`: findings are read in every zone. */
function utc(at: number | null): string {
  if (at === null) return 'an unknown moment';
  return `${new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/**
 * Holes on the way to the server’s timeline as rows of a check: severity 2 where nothing since can be reached, 1 where
 * a later backup or another repository heals it. What expiry leaves between two backups is no finding.
 */
export function holeRows(
  ordinal: number,
  look: RepositoryLook,
  window: TimelineWindow | undefined,
  others: readonly TimelineWindow[] = [],
): CheckRow[] {
  const repository = String(ordinal);
  const rows = (window?.archiveHoles ?? [])
    .filter(({ isByRetention }) => !isByRetention)
    .map((hole): CheckRow => {
      const missing = gapText(hole, look.segmentBytes);
      const damaged = look.unusable.find(({ name }) => name === missing);
      const isElsewhere = others.some((other) => reachesOver(other, hole));
      const effect = isElsewhere
        ? 'Another repository holds it: restores across it have to name that one.'
        : hole.healedAt === null
          ? `Nothing written after ${utc(hole.before)} can be reached: take a backup now, the window goes on at its end.`
          : `Nothing between ${utc(hole.before)} and ${utc(hole.healedAt)} can be reached; the backup after it goes on.`;
      return {
        repository,
        missing,
        segments: hole.last - hole.first + 1,
        severity: hole.healedAt === null && !isElsewhere ? 2 : 1,
        effect: damaged ? `It is there, but ${damaged.why}. ${effect}` : effect,
      };
    });
  if (look.holdsBelieved === false && look.believed !== null) {
    rows.push({
      repository,
      missing: look.believed,
      segments: 1,
      severity: 2,
      effect:
        'The server counts it as archived, and the archive does not hold it: the archive_command reports success for WAL that it drops.',
    });
  }
  return rows;
}

/** Whether a window has a stretch from before a hole to after it, without missing any of it itself. */
function reachesOver(window: TimelineWindow, hole: ArchiveHole): boolean {
  const { before, after } = hole;
  if (before === null || after === null) return false;
  const isWhole = !window.archiveHoles.some(({ first, last }) => first <= hole.last && last >= hole.first);
  return isWhole && window.reaches.some(({ from, to }) => from <= before && to >= after);
}

/** Three looks that did not come. */
const lateSeconds = 180;

/** How one repository was last read, as a row of a check. `stopFile` stands on the first one only. */
export function repositoryRow(
  ordinal: number,
  look: RepositoryLook,
  { stopFile, nowSeconds }: { stopFile: string | null; nowSeconds: number },
): CheckRow {
  const read = look.lookedAt === null ? null : Date.parse(look.lookedAt) / 1000;
  const isLate = read !== null && nowSeconds - read > lateSeconds;
  const problem = look.problem ?? (isLate ? 'No worker looks at it.' : null);
  return {
    repository: String(ordinal),
    unread_seconds: read === null ? null : Math.max(0, nowSeconds - read),
    never_read:
      read === null
        ? `it was never read${look.problem === null ? '' : `: ${look.problem.replace(/[.]$/, '')}`}`
        : null,
    problem: problem !== null && look.next !== null ? `${problem} ${look.next}` : problem,
    stopped: stopFile === null ? 0 : 1,
    stop_file: stopFile,
  };
}

export interface SavedCopy {
  label: string;
  isPhysical: boolean;
  isFull: boolean;
  hasErrors: boolean;
  /** It is there, with all that a restore of it needs. */
  isUsable: boolean;
  /** Epoch seconds. */
  stoppedAt: number;
}

/** What is saved of a cluster, in one row: how old the newest is that can be used, and what is wrong with the newest. */
export function savedRow(copies: readonly SavedCopy[], nowSeconds: number): CheckRow {
  const newestFirst = [...copies].sort((left, right) => right.stoppedAt - left.stoppedAt);
  const usable = newestFirst.filter(({ isUsable }) => isUsable);
  const full = usable.find(({ isFull }) => isFull);
  const physical = newestFirst.filter(({ isPhysical }) => isPhysical);
  const damaged = physical[0]?.hasErrors ? physical[0] : undefined;
  const age = (copy: SavedCopy | undefined) => (copy ? Math.max(0, nowSeconds - copy.stoppedAt) : null);
  return {
    known: copies.length,
    usable: usable.length,
    none_known: copies.length === 0 ? 'no backup of this cluster was ever made or found here' : null,
    newest_age_seconds: age(usable[0]),
    full_age_seconds: physical.length === 0 ? null : age(full),
    damaged: damaged ? 1 : 0,
    damaged_label: damaged?.label ?? null,
  };
}

/**
 * The exposure of the primary against what the cluster may lose, as a row. Where nothing is archived the row says why it
 * is not known; there is none before the archiver was read.
 */
export function exposureRows(
  seen: { exposureSeconds: number | null; notArchiving: string | null } | undefined,
  rpoSeconds: number,
): CheckRow[] {
  if (!seen || (seen.exposureSeconds === null && seen.notArchiving === null)) return [];
  const known = seen.notArchiving === null ? seen.exposureSeconds : null;
  return [
    {
      exposure_seconds: known,
      rpo_seconds: rpoSeconds,
      used_percent: known === null ? null : (100 * known) / rpoSeconds,
      not_archiving: seen.notArchiving,
    },
  ];
}

/** A schedule that should have made a backup and did not. */
export function missedRow(
  missed: { title: string; cron: string; zone: string; dueAt: number; reason: string },
  nowSeconds: number,
): CheckRow {
  const late = Math.max(0, nowSeconds - missed.dueAt);
  return {
    schedule: `${missed.title}, ${missed.cron} (${missed.zone})`,
    late_seconds: late,
    due: `${utc(missed.dueAt)}, ${formatDuration(late)} ago`,
    reason: missed.reason.replace(/[.]$/, ''),
  };
}
