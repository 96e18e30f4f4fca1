import { PlumblineError } from '@/lib/base/errors';
import { rangeSeconds } from '@/lib/base/time';
import type {
  ArchiveHoleView,
  Recovery,
  RecoveryRepository,
  Stretch,
  TimelineWindowView,
} from '@/lib/contract/recovery';
import type { TimelineWindow } from '@/lib/engine/recovery-window';
import { gapText } from '@/lib/engine/wal-continuity';
import { walName, walPlace } from '@/lib/engine/wal-names';
import { repositoryEscrows } from '@/lib/queries/escrows';
import { isoOfEpoch } from '@/lib/queries/window';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { drillPoints, dumpCounts, worstOf } from '@/lib/store/exposure';
import { type ClusterRecovery, clusterRecovery, type RepositoryRecovery } from '@/lib/store/recovery-window';

const drillsAtMost = 200;
const exposureSteps = 240;
const backupsAtMost = 500;
const monthSeconds = rangeSeconds['30d'];

/** What a restore of a cluster could reach, as it was last seen. @throws PlumblineError `not-found` */
export async function recoveryOfCluster(
  db: Store,
  clusterId: string,
  range: '24h' | '7d' | '30d',
  now: Date = new Date(),
): Promise<Recovery> {
  const cluster = await findCluster(db, clusterId);
  if (!cluster) {
    throw new PlumblineError('not-found', 'There is no such cluster.', {
      next: 'It may have been removed; look at the list of clusters.',
    });
  }
  const to = now.getTime() / 1000;
  const from = to - rangeSeconds[range];
  const stepSeconds = Math.max(60, Math.ceil(rangeSeconds[range] / exposureSteps / 60) * 60);
  const measured = { clusterId, checkId: 'archiver', column: 'exposure_seconds' };
  const [recovery, points, month, drills, dumps, escrowOf] = await Promise.all([
    clusterRecovery(db, clusterId),
    worstOf(db, measured, { from, stepSeconds }),
    worstOf(db, measured, { from: to - monthSeconds, stepSeconds: 3600 }),
    drillPoints(db, clusterId, drillsAtMost),
    dumpCounts(db, clusterId),
    repositoryEscrows(db, clusterId, now),
  ]);
  const { stanza, look, archiver } = recovery;
  const worst = month.reduce<(typeof month)[number] | undefined>(
    (most, point) => (most && most.seconds >= point.seconds ? most : point),
    undefined,
  );
  return {
    cluster: { id: cluster.id, name: cluster.name, environment: cluster.environment },
    from: isoOfEpoch(from),
    to: now.toISOString(),
    stanza: stanza
      ? {
          id: stanza.id,
          name: stanza.name,
          state: stanza.state,
          isManaged: stanza.isManaged,
          workerName: stanza.workerName,
          lookedAt: stanza.lookedAt,
          problem: stanza.problem,
          ...look,
        }
      : null,
    reachable: recovery.reachable.map(stretch),
    holes: recovery.holes.map(stretch),
    repositories: recovery.repositories.map((repository) => ({
      ...repositoryView(recovery, repository),
      escrow: escrowOf(repository.ordinal),
    })),
    archiveHoles: recovery.repositories.flatMap(archiveHoles),
    backups: recovery.sets.slice(0, backupsAtMost).map((set) => ({
      id: set.id,
      repository: set.repository,
      label: set.label,
      method: set.method,
      state: set.state,
      hasErrors: set.hasErrors,
      isRestorable: recovery.restorableIds.has(set.id),
      timeline: set.timeline,
      at: isoOfEpoch(set.stoppedAt),
      bytes: set.bytes,
    })),
    dumps,
    exposure: {
      instanceId: archiver?.instanceId ?? null,
      nowSeconds: archiver?.exposureSeconds ?? null,
      observedAt: archiver?.observedAt ?? null,
      reason: whyUnknown(recovery),
      most: worst ? { seconds: worst.seconds, at: isoOfEpoch(worst.at) } : null,
      stepSeconds,
      points: points.map(({ at, seconds }) => ({ at: isoOfEpoch(at), seconds })),
    },
    objectives: { rtoSeconds: cluster.rto_seconds, rpoSeconds: cluster.rpo_seconds },
    drills,
  };
}

function whyUnknown({ archiver }: ClusterRecovery): string | null {
  if (!archiver) return 'No primary of this cluster is watched.';
  if (archiver.notArchiving !== null) return archiver.notArchiving;
  if (archiver.state === null) return 'The archiver was not read yet.';
  return archiver.state === 'ok' ? null : (archiver.reason ?? 'The archiver could not be read.');
}

function stretch({ from, to }: { from: number; to: number }): Stretch {
  return { from: isoOfEpoch(from), to: isoOfEpoch(to) };
}

function repositoryView(
  { stanza }: ClusterRecovery,
  { ordinal, isEncrypted, look, ranges, windows }: RepositoryRecovery,
): Omit<RecoveryRepository, 'escrow'> {
  const known = stanza?.repositories.find((each) => each.ordinal === ordinal);
  const current = ranges.filter(({ timeline }) => timeline === windows[0]?.timeline);
  const newest = current.at(-1) ?? ranges.at(-1);
  return {
    ordinal,
    path: known?.path ?? '',
    isEncrypted,
    isRemote: known?.storageId !== null && known !== undefined,
    lookedAt: look.lookedAt,
    problem: look.problem,
    next: look.next,
    problemSince: look.problemSince,
    segments: ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0),
    newestSegment: newest
      ? walName({ timeline: newest.timeline, number: newest.last }, look.segmentBytes)
      : null,
    newestAt: newest?.lastAt == null ? null : isoOfEpoch(newest.lastAt),
    timelines: windows.map((window, index) => timelineView(window, index === 0, look.segmentBytes)),
  };
}

function timelineView(window: TimelineWindow, isCurrent: boolean, segmentBytes: number): TimelineWindowView {
  return {
    timeline: window.timeline,
    isCurrent,
    parent: window.path.at(-2)?.timeline ?? null,
    reaches: window.reaches.map(stretch),
    holes: window.holes.map((hole) => ({
      ...stretch(hole),
      missing: hole.missing.map((gap) => gapText(gap, segmentBytes)).join(', '),
    })),
  };
}

/** Holes on the way to the server’s own timeline. */
function archiveHoles({ ordinal, look, windows }: RepositoryRecovery): ArchiveHoleView[] {
  const { segmentBytes, unusable } = look;
  const iso = (at: number | null) => (at === null ? null : isoOfEpoch(at));
  return (windows[0]?.archiveHoles ?? []).map((hole) => {
    const damaged = unusable.filter(({ name }) => {
      const at = walPlace(name, segmentBytes);
      return at?.timeline === hole.timeline && at.number >= hole.first && at.number <= hole.last;
    });
    return {
      repository: ordinal,
      timeline: hole.timeline,
      missing: gapText(hole, segmentBytes),
      segments: hole.last - hole.first + 1,
      from: iso(hole.before),
      to: iso(hole.after),
      healedAt: iso(hole.healedAt),
      isByRetention: hole.isByRetention,
      why: damaged.length > 0 ? damaged.map(({ name, why }) => `${name}: ${why}`).join('; ') : null,
    };
  });
}
