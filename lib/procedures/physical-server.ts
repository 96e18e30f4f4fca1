import { existsSync, readFileSync, statSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import type { Session } from '@/lib/engine/define-job';
import { connectInstance } from '@/lib/instance/connect';
import { isolationArguments, type RestoreLayout } from '@/lib/procedures/physical-restore-config';
import {
  type RecoveryLog,
  readRecoveryLog,
  recoveryError,
  tailOfLog,
} from '@/lib/procedures/physical-restore-log';
import { lsnNumber, type RecoveryTarget } from '@/lib/procedures/recovery-target';
import { type RunningServer, startServer } from '@/lib/tools/postgres';
import { endProcessGroup, readProcess } from '@/lib/tools/process-groups';
import { findPostgresPrograms, type PostgresPrograms, packageOf, serverFor } from '@/lib/tools/programs';

/** Nobody else listens in this socket's folder, so the number is free to choose. */
const socketPort = 5432;
const pollMs = 100;
/** Replay of weeks of WAL takes its time. */
const recoveryDeadlineMs = 48 * 3600_000;
/** How long a server must stay up after it was ready: some FATALs come a moment later. */
const stayUpMs = 500;

/** The moment that a recovery came to. */
export interface Reached {
  /** Commit time of the last replayed transaction, ISO 8601 in UTC; null when none was replayed. */
  at: string | null;
  lsn: string;
  /** PostgreSQL's own words about where it stopped; null at the end of the archive. */
  stopping: string | null;
}

/** A server over restored files that only this worker reaches. */
export interface PhysicalServer {
  major: number;
  directory: string;
  data: string;
  socketDir: string;
  port: number;
  user: string;
  mode: 'paused' | 'promoted';
  reached: Reached;
  log: RecoveryLog;
  pid: number;
  exited: Promise<unknown>;
  isUp(): boolean;
  /** As the restored cluster's superuser, or as another role of it. */
  connect(database?: string, user?: string): Promise<Session>;
  /** Ends it; with `fast` in order, so that its files can be verified. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

export interface StartCopyOptions {
  layout: RestoreLayout;
  major: number;
  /** A superuser of the restored cluster. */
  superuser: string;
  systemUser: string | undefined;
  target: RecoveryTarget;
  /** What it comes up as; a promoted copy that starts again recovers to no target any more. */
  action: 'pause' | 'promote';
  segmentBytes: number;
  applicationName: string;
  signal?: AbortSignal;
  onProgress?(segments: number): void;
}

/** The server programs of exactly this major. @throws PlumblineError `tool-failed` that names the package. */
export async function serverPrograms(major: number): Promise<PostgresPrograms> {
  const programs = serverFor(await findPostgresPrograms(), major);
  if (programs) return programs;
  throw new PlumblineError('tool-failed', `PostgreSQL ${major} is not installed on this worker.`, {
    next: `Install Debian’s package ${packageOf(major, 'server')} on it; its own cluster is not needed.`,
  });
}

/**
 * Starts a server over a restored directory and waits until it stands at its target: for `pause` it is paused there,
 * for `promote` recovery has ended. That it started says nothing (it is reachable before it fails), so the target's
 * line in the log, the place that was reached and its being alive afterwards are all asserted.
 *
 * @throws PlumblineError `tool-failed` with the known cause, `cancelled`.
 */
export async function startCopy(options: StartCopyOptions): Promise<PhysicalServer> {
  const { layout, target } = options;
  await endLeftServer(layout.data);
  const programs = await serverPrograms(options.major);
  const logFrom = existsSync(layout.logFile) ? statSync(layout.logFile).size : 0;
  const readLog = () => readRecoveryLog(tailOfLog(layout.logFile, logFrom));
  const isRecovering = existsSync(`${layout.data}/recovery.signal`);
  const fail = (cause?: unknown) => {
    if (options.signal?.aborted)
      return new PlumblineError('cancelled', 'The recovery was cancelled.', { cause });
    return recoveryError(readLog(), target, options.segmentBytes);
  };
  const watch = setInterval(() => options.onProgress?.(readLog().restored), 1_000);
  let server: RunningServer;
  try {
    server = await startServer({
      programs,
      dataDirectory: layout.data,
      socketDirectory: layout.socketDir,
      port: socketPort,
      listen: '',
      settings: isolationArguments,
      user: options.systemUser,
      logFile: layout.logFile,
      deadlineMs: recoveryDeadlineMs,
      signal: options.signal,
    });
  } catch (error) {
    throw fail(error);
  } finally {
    clearInterval(watch);
  }
  let isUp = true;
  void server.exited.then(() => {
    isUp = false;
  });
  const connect = (database = 'postgres', user = options.superuser) =>
    connectInstance({
      host: layout.socketDir,
      port: socketPort,
      database,
      tlsMode: 'disable',
      user,
      password: '',
      applicationName: options.applicationName,
      signal: options.signal,
    });
  try {
    const { reached, mode } = await waitForTarget({
      ...options,
      connect,
      isUp: () => isUp,
      readLog,
      isRecovering,
    });
    return {
      major: programs.major,
      directory: layout.directory,
      data: layout.data,
      socketDir: layout.socketDir,
      port: socketPort,
      user: options.superuser,
      mode,
      reached,
      log: readLog(),
      pid: server.pid,
      exited: server.exited,
      isUp: () => isUp,
      connect,
      stop: (mode = 'immediate') => server.stop(mode),
    };
  } catch (error) {
    await server.stop('immediate');
    if (options.signal?.aborted || !(error instanceof StoppedShort)) throw error;
    throw fail(error);
  }
}

/** The server ended, or stands elsewhere than it should: its log says why. */
class StoppedShort extends Error {}

async function waitForTarget(
  of: StartCopyOptions & {
    connect(): Promise<Session>;
    isUp(): boolean;
    readLog(): RecoveryLog;
    isRecovering: boolean;
  },
): Promise<{ reached: Reached; mode: 'paused' | 'promoted' }> {
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

/**
 * Ends a postmaster that an earlier worker has left over this directory. Its pid file alone proves nothing: the number
 * may be somebody else's now, so the process must name this very directory.
 */
export async function endLeftServer(data: string): Promise<boolean> {
  let pid = 0;
  try {
    pid = Number(readFileSync(`${data}/postmaster.pid`, 'utf8').split('\n')[0]);
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    if (!argv.includes(data)) return false;
  } catch {
    return false;
  }
  const group = readProcess(pid)?.groupId;
  if (group !== pid) return false;
  await endProcessGroup(pid, ['SIGQUIT'], 5_000);
  return true;
}
