/** What the primary said in one reading. Positions are bytes of WAL since 0/0, times seconds of its own clock. */
export interface PrimaryReading {
  name: string;
  position: number;
  epoch: number;
  timeline: number;
  /** archive_timeout; 0 when an idle segment is never closed. */
  archiveTimeoutSeconds: number;
  segmentBytes: number;
  /** 0 when it was asked right after the standby; else how long before the standby its own collector read it. */
  agoSeconds: number;
}

/** What a standby said in one reading, taken just before the primary's. */
export interface StandbyReading {
  name: string;
  /** How far WAL is on its disk, and how far it is replayed; null before anything was. */
  received: number | null;
  replayed: number | null;
  /** Commit time of the last replayed transaction, on the clock of the primary that wrote it. */
  replayedCommitEpoch: number | null;
  timeline: number;
  pauseState: 'not paused' | 'pause requested' | 'paused';
  receiver: { status: string; silentSeconds: number | null } | null;
  /** primary_conninfo is set: it is meant to stream. */
  isStreamWanted: boolean;
  /** restore_command is set: it may take WAL from an archive. */
  hasRestoreCommand: boolean;
  /** recovery_min_apply_delay. */
  applyDelaySeconds: number;
}

/** An earlier tick of the same two servers, some seconds ago. */
export interface EarlierReading {
  received: number | null;
  replayed: number | null;
  primaryPosition: number;
}

export interface StandbyEvidence {
  standby: StandbyReading;
  /** Or why its position is not known. */
  primary: PrimaryReading | { unknown: string };
  /** How far the upstream has sent; null when the primary has no sender for this standby. */
  sentPosition: number | null;
  /** The two positions were read at most this long apart. */
  apartSeconds: number;
  /** Replay was watched until it came to the primary's position: after so many seconds. Null when it did not. */
  reachedAfterSeconds: number | null;
  /** By the positions of earlier ticks: the primary stood at what is replayed now at most so long ago. */
  writtenSecondsAgo: number | null;
  before: EarlierReading | undefined;
  /** Seconds since replay was last seen to move. */
  stillSeconds: number | null;
}
