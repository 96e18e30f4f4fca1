import { existsSync, readFileSync, statSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import type { Session } from '@/lib/engine/define-job';
import { connectInstance } from '@/lib/instance/connect';
import {
  type Reached,
  recoveryDeadlineMs,
  StoppedShort,
  waitForTarget,
} from '@/lib/procedures/physical-reach';
import { isolationArguments, type RestoreLayout } from '@/lib/procedures/physical-restore-config';
import {
  cutShortError,
  type RecoveryLog,
  readRecoveryLog,
  recoveryError,
  tailOfLog,
} from '@/lib/procedures/physical-restore-log';
import type { RecoveryTarget } from '@/lib/procedures/recovery-target';
import { type RunningServer, startServer } from '@/lib/tools/postgres';
import { endProcessGroup, readProcess } from '@/lib/tools/process-groups';
import { findPostgresPrograms, type PostgresPrograms, packageOf, serverFor } from '@/lib/tools/programs';

/** Nobody else listens in this socket's folder, so the number is free to choose. */
const socketPort = 5432;

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
    const cut =
      isRecovering && target.type === 'latest' ? cutShortError(readLog(), options.segmentBytes) : undefined;
    if (cut) throw cut;
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
