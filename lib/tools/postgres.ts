import { appendFileSync, readFileSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import { giveTo, removeTree, writeSecretFile } from '@/lib/tools/files';
import { type RunningTool, runToolOrFail, startTool } from '@/lib/tools/process';
import { childrenOf, isSameProcess, sendSignal } from '@/lib/tools/process-groups';
import { type PostgresPrograms, programPath } from '@/lib/tools/programs';

/** A Unix socket's path has room for 107 bytes (`man 7 unix`); PostgreSQL adds `/.s.PGSQL.65535` to its folder. */
const maxSocketDirectoryBytes = 107 - '/.s.PGSQL.65535'.length;

export interface InitClusterOptions {
  programs: PostgresPrograms;
  dataDirectory: string;
  user?: string;
  superuser?: string;
  password: string;
  /** Leaves out the final fsync of all files: for clusters that may be lost with the machine. */
  noSync?: boolean;
  deadlineMs?: number;
}

/** Runs initdb: UTF-8, C.UTF-8 (the same order on every machine), data checksums, scram for everybody. */
export async function initCluster(options: InitClusterOptions): Promise<void> {
  const passwordFile = `${options.dataDirectory}.password`;
  writeSecretFile(passwordFile, `${options.password}\n`, options.user);
  try {
    await runToolOrFail({
      argv: [
        programPath(options.programs, 'initdb'),
        `--pgdata=${options.dataDirectory}`,
        `--username=${options.superuser ?? 'postgres'}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C.UTF-8',
        '--data-checksums',
        ...(options.noSync ? ['--no-sync'] : []),
      ],
      user: options.user,
      deadlineMs: options.deadlineMs ?? 120_000,
    });
  } finally {
    removeTree(passwordFile);
  }
}

/** One line of postgresql.conf, its value quoted (PostgreSQL documentation, 20.1.2). */
export function settingLine(name: string, value: string | number | boolean): string {
  return `${name} = '${String(value).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** Appends settings to a cluster's postgresql.conf; a later line wins over an earlier one. */
export function addSettings(
  dataDirectory: string,
  settings: Record<string, string | number | boolean>,
  file = 'postgresql.conf',
): void {
  const lines = Object.entries(settings).map(([name, value]) => settingLine(name, value));
  if (lines.length > 0) appendFileSync(`${dataDirectory}/${file}`, `${lines.join('\n')}\n`);
}

export interface StartServerOptions {
  programs: PostgresPrograms;
  dataDirectory: string;
  socketDirectory: string;
  port: number;
  /** Addresses to listen on; empty: the socket alone. */
  listen?: string;
  /** Passed on the command line, over postgresql.conf. */
  settings?: Record<string, string | number | boolean>;
  user?: string;
  /** The server's log is appended here; without it the log goes to `onLog`. */
  logFile?: string;
  onLog?: (line: string) => void;
  /** Until it accepts connections: recovery of much WAL takes its time. */
  deadlineMs?: number;
  signal?: AbortSignal;
}

export interface RunningServer {
  pid: number;
  startTicks: string;
  port: number;
  dataDirectory: string;
  exited: RunningTool['exited'];
  /** Ends it: `fast` disconnects sessions and checkpoints, `immediate` leaves recovery to the next start. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** SIGKILL to the postmaster and each of its children, as a crash of the machine would. */
  kill(): Promise<void>;
}

/**
 * Starts `postgres` and waits until it accepts connections, by its own word in postmaster.pid (the file's eighth
 * line; src/include/utils/pidfile.h). Fails with its last log lines when it ends before that.
 */
export async function startServer(options: StartServerOptions): Promise<RunningServer> {
  if (Buffer.byteLength(options.socketDirectory) > maxSocketDirectoryBytes) {
    throw new PlumblineError(
      'bad-input',
      `The socket folder ${options.socketDirectory} has too long a path.`,
      {
        next: `Choose one of at most ${maxSocketDirectoryBytes} bytes.`,
      },
    );
  }
  const lastLines: string[] = [];
  const onLine = (line: string) => {
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
    options.onLog?.(line);
  };
  const settings = {
    port: options.port,
    unix_socket_directories: options.socketDirectory,
    listen_addresses: options.listen ?? '127.0.0.1',
    ...options.settings,
  };
  if (options.logFile) {
    // Made before the server has it open, so that it belongs to the right user.
    appendFileSync(options.logFile, '', { mode: 0o600 });
    giveTo(options.logFile, options.user);
  }
  const tool = await startTool({
    argv: [
      programPath(options.programs, 'postgres'),
      '-D',
      options.dataDirectory,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    user: options.user,
    logFile: options.logFile,
    onStdout: onLine,
    onStderr: onLine,
    stopSignals: ['SIGINT', 'SIGQUIT'],
  });
  let ended = false;
  tool.exited.then(() => {
    ended = true;
  });
  const until = Date.now() + (options.deadlineMs ?? 60_000);
  while (readPostmasterState(options.dataDirectory, tool.pid) !== 'ready') {
    const aborted = options.signal?.aborted === true;
    if (ended || aborted || Date.now() > until) {
      if (!ended) await tool.stop(5_000);
      if (aborted) throw new PlumblineError('cancelled', 'The start of PostgreSQL was cancelled.');
      const words = options.logFile ? lastLinesOf(options.logFile) : lastLines;
      const what = ended ? 'PostgreSQL did not start' : 'PostgreSQL was not ready in time';
      throw new PlumblineError('tool-failed', `${what}: ${words.slice(-4).join(' ')}`, {
        detail: words.join('\n'),
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  return {
    pid: tool.pid,
    startTicks: tool.startTicks,
    port: options.port,
    dataDirectory: options.dataDirectory,
    exited: tool.exited,
    stop: async (mode = 'fast') => {
      sendSignal(tool.pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await Promise.race([tool.exited, new Promise((resolve) => setTimeout(resolve, 30_000).unref())]);
      await tool.stop();
    },
    kill: async () => {
      const backends = childrenOf(tool.pid);
      sendSignal(tool.pid, 'SIGKILL');
      for (const backend of backends) sendSignal(backend.pid, 'SIGKILL');
      await tool.exited;
      while (backends.some((backend) => isSameProcess(backend.pid, backend.startTicks))) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

function readPostmasterState(dataDirectory: string, pid: number): string | undefined {
  try {
    const lines = readFileSync(`${dataDirectory}/postmaster.pid`, 'utf8').split('\n');
    return lines[0] === String(pid) ? lines[7]?.trim() : undefined;
  } catch {
    return undefined;
  }
}

/** The pid of the server that holds this data directory; undefined when none runs. */
export function runningPostmaster(dataDirectory: string): number | undefined {
  try {
    const pid = Number(readFileSync(`${dataDirectory}/postmaster.pid`, 'utf8').split('\n')[0]);
    return pid > 0 && sendSignal(pid, 0) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function lastLinesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-20);
  } catch {
    return [];
  }
}
