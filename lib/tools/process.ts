import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import { feed, readLines, tailKeeper } from '@/lib/tools/lines';
import {
  announceProcessGroup,
  endProcessGroup,
  groupMembers,
  killGraceMs,
  type ProcessGroup,
  readProcess,
} from '@/lib/tools/process-groups';
import { findSystemUser } from '@/lib/tools/system-user';

interface ToolOptions {
  /** Program and arguments; never a shell line. The program is an absolute path or is found in PATH. */
  argv: [string, ...string[]];
  /** Working directory. `/` by default: a tool's user may not be able to enter ours. */
  cwd?: string;
  /** Added to the allow-list (PATH, LANG, TZ); nothing else of our environment reaches the child. */
  env?: Record<string, string>;
  /** System user to run as; only root can change it. */
  user?: string;
  onStdout?: (line: string) => void;
  onStderr?: (line: string) => void;
}

export interface RunToolOptions extends ToolOptions {
  stdin?: string | Buffer | Readable;
  /** Takes standard output as bytes, with back-pressure; then `stdout` of the result is empty. */
  stdoutTo?: Writable;
  signal?: AbortSignal;
  /** The tool is ended after this time and the call fails with `timed-out`. */
  deadlineMs: number;
  /** How much of the end of each output the result keeps, in characters. */
  keepCharacters?: number;
}

export interface ToolResult {
  /** Null when a signal ended it. */
  exitCode: number | null;
  exitSignal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  elapsedMs: number;
}

/** PATH may be empty under a service manager; the sbin folders hold programs that only root has in its path. */
function childEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH || '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
    // Messages are read by us: one language, one zone.
    LANG: 'C.UTF-8',
    LC_MESSAGES: 'C',
    TZ: 'UTC',
    ...extra,
  } as unknown as NodeJS.ProcessEnv;
}

function spawnOptions(options: ToolOptions): SpawnOptions {
  const spawning: SpawnOptions = {
    cwd: options.cwd ?? '/',
    env: childEnvironment(options.env),
    // A group of its own: the end of it reaches grandchildren, and a Ctrl-C at our terminal does not.
    detached: true,
    shell: false,
  };
  if (options.user && process.getuid?.() === 0) {
    const user = findSystemUser(options.user);
    if (!user) {
      throw new PlumblineError('tool-failed', `The system user ${options.user} does not exist.`, {
        next: 'Install PostgreSQL’s packages, or set PLUMBLINE_TOOL_USER to a user that exists.',
      });
    }
    spawning.uid = user.uid;
    spawning.gid = user.gid;
  }
  return spawning;
}

function failedToStart(argv: string[], cause: unknown): PlumblineError {
  return new PlumblineError('tool-failed', `${argv[0]} could not be started: ${messageOf(cause)}.`, {
    next: 'See that the program is installed and may be run by this user.',
    cause,
  });
}

/** Waits for the kernel's word on the start; from then on the child has a group and must be ended by us. */
function started(child: ChildProcess, argv: string[], stopSignals: NodeJS.Signals[]): Promise<ProcessGroup> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(failedToStart(argv, error)));
    child.once('spawn', () => {
      const groupId = child.pid as number;
      const group = { groupId, startTicks: readProcess(groupId)?.startTicks ?? '0', stopSignals };
      announceProcessGroup((observer) => observer.started(group));
      resolve(group);
    });
  });
}

/**
 * Runs a program to its end. An exit code other than 0 is a result, not an error: each tool means its own by it.
 * Fails with `tool-failed` when it cannot be started, `cancelled` when the signal fired and `timed-out` at the
 * deadline; then its whole group has been ended. Children that outlive the program (pg_dump's workers after a
 * kill) are ended too.
 */
export async function runTool(options: RunToolOptions): Promise<ToolResult> {
  if (options.signal?.aborted) throw cancelled(options.argv);
  const startedAt = performance.now();
  const keep = options.keepCharacters ?? 65_536;
  const stdout = tailKeeper(keep);
  const stderr = tailKeeper(keep);
  const child = spawn(options.argv[0], options.argv.slice(1), {
    ...spawnOptions(options),
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (code, signal) => resolve([code, signal])),
  );
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const group = await started(child, options.argv, ['SIGTERM']);
  let cutBy: PlumblineError | undefined;
  let ending: Promise<void> | undefined;
  const end = (why?: PlumblineError) => {
    cutBy ??= why;
    ending ??= endProcessGroup(group.groupId, group.stopSignals);
  };
  const onAbort = () => end(cancelled(options.argv));
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => end(timedOut(options)), options.deadlineMs);
  const outputs: Promise<void>[] = [];
  try {
    if (options.stdoutTo) outputs.push(pipeline(child.stdout as Readable, options.stdoutTo));
    else readLines(child.stdout as Readable, stdout, options.onStdout);
    readLines(child.stderr as Readable, stderr, options.onStderr);
    if (options.stdin !== undefined) outputs.push(feed(child.stdin as Writable, options.stdin));
    // A consumer that fails must end the producer, else it would wait for a reader for ever.
    for (const output of outputs) output.catch(() => end());
    await exited;
    // What outlives the program holds its pipes open; end it, then the outputs close.
    if (groupMembers(group.groupId).length > 0) end();
    const [exitCode, exitSignal] = await closed;
    await ending;
    if (cutBy) throw cutBy;
    await Promise.all(outputs);
    const elapsedMs = performance.now() - startedAt;
    return { exitCode, exitSignal, stdout: stdout.text(), stderr: stderr.text(), elapsedMs };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    announceProcessGroup((observer) => observer.ended(group.groupId));
  }
}

function cancelled(argv: string[]): PlumblineError {
  return new PlumblineError('cancelled', `${argv[0]} was cancelled.`);
}

function timedOut(options: RunToolOptions): PlumblineError {
  const seconds = Math.round(options.deadlineMs / 1000);
  return new PlumblineError('timed-out', `${options.argv[0]} did not end within ${seconds} s.`);
}

/** Runs a program and fails with `tool-failed`, its last words in the message, unless it exits with 0. */
export async function runToolOrFail(options: RunToolOptions): Promise<ToolResult> {
  const result = await runTool(options);
  if (result.exitCode === 0) return result;
  const words = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-4).join(' ').slice(-600);
  const how = result.exitSignal ? `was ended by ${result.exitSignal}` : `ended with code ${result.exitCode}`;
  throw new PlumblineError('tool-failed', `${options.argv[0]} ${how}: ${words || 'it said nothing'}`, {
    detail: result.stderr,
  });
}

export interface StartToolOptions extends ToolOptions {
  /** Standard output and error are appended to this file; it outlives us, unlike a pipe. */
  logFile?: string;
  /** Signals that ask it to end, in order; SIGTERM alone by default. */
  stopSignals?: NodeJS.Signals[];
}

/** A program that runs until it is stopped: a server. */
export interface RunningTool extends ProcessGroup {
  pid: number;
  exited: Promise<{ exitCode: number | null; exitSignal: NodeJS.Signals | null }>;
  stop(graceMs?: number): Promise<void>;
}

/** Starts a program that should go on. Fails with `tool-failed` when it cannot be started at all. */
export async function startTool(options: StartToolOptions): Promise<RunningTool> {
  const log = options.logFile ? openSync(options.logFile, 'a', 0o600) : undefined;
  const output = log ?? 'pipe';
  try {
    const child = spawn(options.argv[0], options.argv.slice(1), {
      ...spawnOptions(options),
      stdio: ['ignore', output, output],
    });
    const exited = new Promise<{ exitCode: number | null; exitSignal: NodeJS.Signals | null }>((resolve) =>
      child.once('exit', (exitCode, exitSignal) => resolve({ exitCode, exitSignal })),
    );
    const group = await started(child, options.argv, options.stopSignals ?? ['SIGTERM']);
    const ended = exited.then((exit) => {
      announceProcessGroup((observer) => observer.ended(group.groupId));
      return exit;
    });
    if (child.stdout) readLines(child.stdout, tailKeeper(1), options.onStdout);
    if (child.stderr) readLines(child.stderr, tailKeeper(1), options.onStderr);
    return {
      ...group,
      pid: group.groupId,
      exited: ended,
      stop: async (graceMs = killGraceMs) => {
        await endProcessGroup(group.groupId, group.stopSignals, graceMs);
        await ended;
      },
    };
  } finally {
    if (log !== undefined) closeSync(log);
  }
}
