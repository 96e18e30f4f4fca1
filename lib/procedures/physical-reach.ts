import { PlumblineError } from '@/lib/base/errors';
import type { Session } from '@/lib/engine/define-job';
import type { RecoveryLog } from '@/lib/procedures/physical-restore-log';
import { lsnNumber, type RecoveryTarget } from '@/lib/procedures/recovery-target';

const pollMs = 100;
/** How long a server must stay up after it was ready: some FATALs come a moment later. */
const stayUpMs = 500;
/** Replay of weeks of WAL takes its time. */
export const recoveryDeadlineMs = 48 * 3600_000;

/** The moment that a recovery came to. */
export interface Reached {
  /** Commit time of the last replayed transaction, ISO 8601 in UTC; null when none was replayed. */
  at: string | null;
  lsn: string;
  /** PostgreSQL's own words about where it stopped; null at the end of the archive. */
  stopping: string | null;
}

/** The server ended, or stands elsewhere than it should: its log says why. */
export class StoppedShort extends Error {}

export async function waitForTarget(of: {
  target: RecoveryTarget;
  action: 'pause' | 'promote';
  signal?: AbortSignal;
  onProgress?(segments: number): void;
  connect(): Promise<Session>;
  isUp(): boolean;
  readLog(): RecoveryLog;
  isRecovering: boolean;
}): Promise<{ reached: Reached; mode: 'paused' | 'promoted' }> {
  const { target, action, isUp, signal } = of;
  const until = Date.now() + recoveryDeadlineMs;
  let wantsPause = action === 'pause' && target.type !== 'latest';
  let session: Session | undefined;
  try {
    for (;;) {
      signal?.throwIfAborted();
      // Paused for settings that are too low it would wait for ever.
      if (!isUp() || Object.keys(of.readLog().tooLow).length > 0) throw new StoppedShort();
      if (Date.now() > until)
        throw new PlumblineError('timed-out', 'Recovery did not come to its target in two days.');
      try {
        session ??= await of.connect();
        const state = await readState(session);
        if (wantsPause && state.isPaused && (await isLocked(session))) {
          // It stands inside somebody's DROP or ALTER, whose lock nobody could get past. What had not committed by then
          // is undone when recovery ends here.
          await session.query('select pg_wal_replay_resume()');
          wantsPause = false;
        }
        const isThere = wantsPause ? state.isPaused : !state.isRecovering;
        if (isThere) {
          await new Promise((resolve) => setTimeout(resolve, stayUpMs));
          if (!isUp()) throw new StoppedShort();
          const again = await readState(session);
          const reached = { at: again.at, lsn: again.lsn, stopping: of.readLog().stopping };
          // One that was promoted before recovers from its own crash at most, and has no target any more.
          if (of.isRecovering) assertReached(target, reached);
          return { reached, mode: wantsPause ? 'paused' : 'promoted' };
        }
      } catch (error) {
        // While it shuts down after a FATAL it refuses or drops us: its end, not this, is the reason.
        if (
          error instanceof StoppedShort ||
          (error instanceof PlumblineError && error.code === 'tool-failed')
        )
          throw error;
        if (isUp() && session === undefined && !isStarting(error)) throw error;
        session = undefined;
      }
      of.onProgress?.(of.readLog().restored);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  } finally {
    await session?.close().catch(() => undefined);
  }
}

/** A replayed exclusive lock of a transaction that had not ended at the target. */
async function isLocked(session: Session): Promise<boolean> {
  const [row] = await session.query(
    `select count(*)::int4 as locks
     from pg_locks as lock
     join pg_stat_activity as activity using (pid)
     where activity.backend_type = 'startup'
       and lock.mode = 'AccessExclusiveLock'`,
  );
  return Number(row?.locks) > 0;
}

/** Refused for now: the server starts, recovers or ends. A role that is not there stays so. */
function isStarting(error: unknown): boolean {
  return !(error instanceof Error && /does not exist|authentication|no pg_hba/.test(error.message));
}

async function readState(session: Session) {
  const [row] = await session.query(
    `select pg_is_in_recovery() as recovering,
       case when pg_is_in_recovery() then pg_get_wal_replay_pause_state() end as pause,
       coalesce(pg_last_wal_replay_lsn()::text, '0/0') as lsn,
       to_char(pg_last_xact_replay_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
  );
  return {
    isRecovering: row?.recovering === true,
    isPaused: row?.pause === 'paused',
    lsn: String(row?.lsn),
    at: row?.at ? String(row.at) : null,
  };
}

/** Compares where it stands with where it should: the log's word and the place itself. */
function assertReached(target: RecoveryTarget, reached: Reached): void {
  const short = (why: string) =>
    new PlumblineError('tool-failed', `Recovery did not stop where it should: ${why}.`, {
      next: 'Do not use this copy. Read the server’s lines in the run’s log.',
    });
  if (target.type === 'latest') return;
  if (reached.stopping === null) throw short('the server never said that it came to its target');
  if (target.type === 'lsn') {
    const isPast = lsnNumber(reached.lsn) >= lsnNumber(target.lsn);
    // Ending before a record leaves it at the one before: only going past it is wrong.
    if (!isPast && !target.exclusive) throw short(`it stands at ${reached.lsn}, before ${target.lsn}`);
  }
  if (target.type === 'time' && reached.at !== null && Date.parse(reached.at) > Date.parse(target.at)) {
    throw short(`it has replayed a commit of ${reached.at}, after ${target.at}`);
  }
}
