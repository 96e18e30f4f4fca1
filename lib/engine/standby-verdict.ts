import { formatBytes, formatDuration } from '@/lib/base/format';
import { isForeign, measureStandby, type StandbyNumbers } from '@/lib/engine/standby-lag';
import type { PrimaryReading, StandbyEvidence } from '@/lib/engine/standby-readings';

export type StandbyState =
  | 'in-step'
  | 'catching-up'
  | 'delayed'
  | 'archive'
  | 'paused'
  | 'stalled'
  | 'cut'
  | 'diverged'
  | 'unknown';

/** One row of the truth table. */
export interface StandbyVerdict extends StandbyNumbers {
  state: StandbyState;
  /** 0 as it should be, 1 needs a look, 2 it gets nothing or is no copy any more; null when not known. */
  trouble: 0 | 1 | 2 | null;
  says: string;
  /** Why lag is not known. */
  unknownReason: string | null;
}

/** A receiver that is silent for so long while WAL waits for it is cut; an idle link is quiet for half a minute. */
const silentAfterSeconds = 10;
/** An archive that has brought nothing for so long, though a whole segment is due, brings nothing. */
const archiveStillSeconds = 60;
/** Readings that lie further apart than this are said to. */
export const farApartSeconds = 2;

/**
 * What one standby is worth now, from both sides' positions. A pure function of two readings, so that each case stands
 * in its test. The naive formula (received = replayed, so lag is 0) is wrong for a cut stream, and the age of the last
 * commit is wrong for an idle primary: neither is used alone (manual: 26.2.5 and 27.2.4 pg_stat_replication).
 */
export function judgeStandby(evidence: StandbyEvidence): StandbyVerdict {
  const { standby, primary } = evidence;
  const known = 'unknown' in primary ? null : primary;
  const numbers = measureStandby(evidence, known);
  const state = stateOf(evidence, known, numbers.behindBytes);
  const unknownReason =
    'unknown' in primary
      ? primary.unknown
      : numbers.behindBytes === null
        ? `${standby.name} has replayed nothing yet`
        : null;
  const says = `${state.says}${apartText(evidence, known)}`;
  return { ...state, says, unknownReason, ...numbers };
}

type Found = Pick<StandbyVerdict, 'state' | 'trouble' | 'says'>;

function stateOf(evidence: StandbyEvidence, primary: PrimaryReading | null, behind: number | null): Found {
  const { standby } = evidence;
  const { name, receiver } = standby;
  if (primary && isForeign(standby, primary)) {
    return {
      state: 'diverged',
      trouble: 2,
      says:
        standby.timeline > primary.timeline
          ? `${name} follows timeline ${standby.timeline}, but ${primary.name} writes timeline ${primary.timeline}: it is a copy of another server`
          : `${name} has replayed WAL that ${primary.name} never wrote: their histories have parted`,
    };
  }
  const feed =
    receiver === null ? withoutReceiver(evidence, primary, behind) : cutReceiver(evidence, primary);
  if (feed) return feed;
  if (standby.pauseState !== 'not paused') {
    const late = behind ? `, ${formatBytes(behind)} behind` : '';
    return {
      state: 'paused',
      trouble: 1,
      says: `Replay is paused on ${name}${late}: it falls behind with every commit`,
    };
  }
  if (!primary || behind === null) {
    const why = primary ? 'it has replayed nothing yet' : (evidence.primary as { unknown: string }).unknown;
    return { state: 'unknown', trouble: null, says: `How far ${name} is behind is not known: ${why}` };
  }
  return replaying(evidence, primary, behind);
}

/** Nothing comes by stream. An archive may feed it all the same. */
function withoutReceiver(
  { standby, stillSeconds }: StandbyEvidence,
  primary: PrimaryReading | null,
  behind: number | null,
): Found | undefined {
  const { name } = standby;
  const isLeftBehind = primary !== null && standby.timeline < primary.timeline;
  if (!standby.hasRestoreCommand) {
    if (isLeftBehind) {
      return {
        state: 'diverged',
        trouble: 2,
        says: `${name} stayed on timeline ${standby.timeline} when ${primary.name} went on to ${primary.timeline}: nothing feeds it`,
      };
    }
    const why = standby.isStreamWanted
      ? 'it has no receiver, so it gets nothing, however little it lags by its own count'
      : 'neither primary_conninfo nor restore_command is set, so nothing feeds it';
    return { state: 'cut', trouble: 2, says: `The stream of ${name} is cut: ${why}` };
  }
  // Without the primary's word nobody can say whether the archive is empty or the primary idle.
  if (!primary || behind === null) return undefined;
  const wantsSegment = behind >= primary.segmentBytes;
  const isStill = stillSeconds !== null && stillSeconds >= archiveStillSeconds;
  if (wantsSegment && isStill) {
    const still = formatDuration(stillSeconds);
    return {
      state: 'cut',
      trouble: 2,
      says: `${name} waits for WAL from the archive: ${formatBytes(behind)} behind, and nothing came for ${still}`,
    };
  }
  if (standby.pauseState !== 'not paused') return undefined;
  if (standby.isStreamWanted) {
    return {
      state: 'archive',
      trouble: 1,
      says: `The stream of ${name} is cut; restore_command still feeds it, a segment at a time`,
    };
  }
  return {
    state: 'archive',
    trouble: 0,
    says: `${name} is fed by restore_command, a segment at a time, as it is set up to be`,
  };
}

/** There is a receiver: does anything come through it? */
function cutReceiver(
  { standby, before }: StandbyEvidence,
  primary: PrimaryReading | null,
): Found | undefined {
  const { name, receiver, received } = standby;
  if (receiver === null) return undefined;
  if (receiver.status !== 'streaming') {
    const says = `The stream of ${name} is cut: its receiver is ${receiver.status}, not streaming`;
    return { state: 'cut', trouble: 2, says };
  }
  const silent = receiver.silentSeconds ?? 0;
  // What the primary had written a whole tick ago has not come, and nothing else has either.
  const isMissing =
    primary !== null && before !== undefined && received !== null && before.primaryPosition > received;
  if (isMissing && before.received === received && silent >= silentAfterSeconds) {
    return {
      state: 'cut',
      trouble: 2,
      says: `The stream of ${name} is cut: its receiver has heard nothing for ${formatDuration(silent)} while ${primary.name} wrote ${formatBytes(primary.position - received)}`,
    };
  }
  return undefined;
}

function replaying(evidence: StandbyEvidence, primary: PrimaryReading, behind: number): Found {
  const { standby, before, reachedAfterSeconds } = evidence;
  const { name, replayed, received } = standby;
  if (behind === 0) {
    const age = standby.replayedCommitEpoch === null ? null : primary.epoch - standby.replayedCommitEpoch;
    const idle =
      age !== null && age > 60 ? `; ${primary.name} has committed nothing for ${formatDuration(age)}` : '';
    return {
      state: 'in-step',
      trouble: 0,
      says: `${name} has replayed all that ${primary.name} has written${idle}`,
    };
  }
  if (reachedAfterSeconds !== null) {
    const after = formatDuration(reachedAfterSeconds);
    return {
      state: 'in-step',
      trouble: 0,
      says: `${name} came to the position of ${primary.name} within ${after}`,
    };
  }
  if (standby.applyDelaySeconds > 0) {
    const delay = formatDuration(standby.applyDelaySeconds);
    return {
      state: 'delayed',
      trouble: 0,
      says: `${name} replays ${delay} late on purpose (recovery_min_apply_delay)`,
    };
  }
  const isWaiting =
    before !== undefined && before.received !== null && before.received > (before.replayed ?? 0);
  if (isWaiting && before.replayed === replayed && (received ?? 0) > (replayed ?? 0)) {
    const waiting = formatBytes((received ?? 0) - (replayed ?? 0));
    return {
      state: 'stalled',
      trouble: 1,
      says: `Replay stands still on ${name} with ${waiting} to replay: a query or a lock there holds it up`,
    };
  }
  return {
    state: 'catching-up',
    trouble: 0,
    says: `${name} replays, and is ${formatBytes(behind)} behind ${primary.name}`,
  };
}

function apartText({ apartSeconds }: StandbyEvidence, primary: PrimaryReading | null): string {
  if (!primary || apartSeconds <= farApartSeconds) return '.';
  return `. The two positions were read ${formatDuration(apartSeconds)} apart.`;
}
