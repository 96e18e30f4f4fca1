import type { PrimaryReading, StandbyEvidence, StandbyReading } from '@/lib/engine/standby-readings';

/** How a lag in seconds is known; the last two are upper bounds. */
export type LagSource = 'positions' | 'reached' | 'commit-time' | 'history';

/** The numbers of one standby. What is not known is null, never 0. */
export interface StandbyNumbers {
  /** Written by the primary and not sent; null when the upstream is not the primary or shows no sender of it. */
  unsentBytes: number | null;
  /** Sent, or not known to be, and not on the standby's disk. */
  inFlightBytes: number | null;
  unreplayedBytes: number | null;
  /** All three together. */
  behindBytes: number | null;
  lagSeconds: number | null;
  lagFrom: LagSource | null;
  /** Lag beyond what is meant: a delay that is set, the time until an idle segment is archived. */
  overdueSeconds: number | null;
}

/** Bytes by stage and seconds of one standby, by the rules of `judgeStandby`. */
export function measureStandby(evidence: StandbyEvidence, primary: PrimaryReading | null): StandbyNumbers {
  const { standby } = evidence;
  const { replayed } = standby;
  // A standby that was started from an archive has received nothing by stream, yet has what it replayed.
  const received = replayed === null ? standby.received : Math.max(standby.received ?? 0, replayed);
  const unreplayedBytes = replayed === null || received === null ? null : received - replayed;
  const nothing = { unsentBytes: null, inFlightBytes: null, behindBytes: null };
  const noLag = { lagSeconds: null, lagFrom: null, overdueSeconds: null };
  if (!primary || replayed === null || received === null) return { ...nothing, unreplayedBytes, ...noLag };
  const behindBytes = Math.max(0, primary.position - replayed);
  const missing = Math.max(0, primary.position - received);
  const unsentBytes = unsentOf(evidence, primary, missing);
  const lag = isForeign(standby, primary) ? null : lagOf(evidence, primary, behindBytes);
  return {
    unsentBytes,
    inFlightBytes: missing - (unsentBytes ?? 0),
    unreplayedBytes,
    behindBytes,
    lagSeconds: lag?.seconds ?? null,
    lagFrom: lag?.from ?? null,
    overdueSeconds: lag ? overdue(standby, primary, lag.seconds) : null,
  };
}

/** Without a receiver nothing is under way: all that is missing is still with the primary. */
function unsentOf(evidence: StandbyEvidence, primary: PrimaryReading, missing: number): number | null {
  if (evidence.standby.receiver === null) return missing;
  if (evidence.sentPosition === null) return null;
  return Math.min(missing, Math.max(0, primary.position - evidence.sentPosition));
}

/** The smallest of the bounds that are known: each of them is true, however late the standby really is. */
function lagOf(
  evidence: StandbyEvidence,
  primary: PrimaryReading,
  behindBytes: number,
): { seconds: number; from: LagSource } | null {
  if (behindBytes === 0) {
    return { seconds: primary.agoSeconds, from: primary.agoSeconds === 0 ? 'positions' : 'history' };
  }
  const { reachedAfterSeconds, writtenSecondsAgo } = evidence;
  if (reachedAfterSeconds !== null) return { seconds: reachedAfterSeconds, from: 'reached' };
  const committed = evidence.standby.replayedCommitEpoch;
  const bounds: { seconds: number; from: LagSource }[] = [];
  // Both on the primary's clock, so that clocks that differ do no harm.
  if (committed !== null) {
    const seconds = Math.max(0, primary.epoch + primary.agoSeconds - committed);
    bounds.push({ seconds, from: 'commit-time' });
  }
  if (writtenSecondsAgo !== null) bounds.push({ seconds: writtenSecondsAgo, from: 'history' });
  return bounds.sort((left, right) => left.seconds - right.seconds)[0] ?? null;
}

function overdue(standby: StandbyReading, primary: PrimaryReading, lagSeconds: number): number | null {
  const isByArchive = standby.receiver === null && standby.hasRestoreCommand && !standby.isStreamWanted;
  // An idle primary without archive_timeout never closes its segment: no lag of an archive is too long then.
  if (isByArchive && primary.archiveTimeoutSeconds === 0) return null;
  const meant = standby.applyDelaySeconds + (isByArchive ? primary.archiveTimeoutSeconds : 0);
  return Math.max(0, lagSeconds - meant);
}

/** It has WAL that this primary never wrote: since the standby was read first, it can't be ahead of an honest copy. */
export function isForeign(standby: StandbyReading, primary: PrimaryReading): boolean {
  if (standby.timeline > primary.timeline) return true;
  return primary.agoSeconds === 0 && (standby.replayed ?? 0) > primary.position;
}
