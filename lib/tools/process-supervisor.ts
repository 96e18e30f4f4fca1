import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { readLines, tailKeeper } from '@/lib/tools/lines';
import { groupMembers, killGraceMs, readProcess, sendSignal } from '@/lib/tools/process-groups';
import { claimCall, readCall, writeResult } from '@/lib/tools/spool';
import { findSystemUser } from '@/lib/tools/system-user';

/**
 * The supervisor's whole life: runs one spooled call in its own process group and writes down how it ended, whether or
 * not the worker that asked for it still lives. A signal to the group reaches the child; the supervisor itself stays
 * to write the end. Resolves with an exit code that says only whether there is a result.
 */
export async function supervise(path: string): Promise<number> {
  let wasToldToEnd = false;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
    process.on(signal, () => {
      wasToldToEnd = true;
    });
  }
  const call = readCall(path);
  const own = { pid: process.pid, startTicks: readProcess(process.pid)?.startTicks ?? '0' };
  if (!call || !claimCall(path, own)) return 1;
  const user = call.user && process.getuid?.() === 0 ? findSystemUser(call.user) : undefined;
  const began = performance.now();
  const [stdout, stderr] = [tailKeeper(call.keepCharacters), tailKeeper(call.keepCharacters)];
  const [program, ...args] = call.argv;
  const child = spawn(program, args, {
    cwd: '/',
    // Not detached: it stays in our group, by which all of it is ended.
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  forward(child.stdout, process.stdout, stdout);
  forward(child.stderr, process.stderr, stderr);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = await new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
    child.once('error', (error) => {
      stderr.add(`${error.message}\n`);
      resolve({ exitCode: 127, signal: null });
    });
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  await endRest();
  if (child.pid !== undefined) await closed;
  const durationMs = Math.round(performance.now() - began);
  const tails = { stdoutTail: stdout.text(), stderrTail: stderr.text() };
  writeResult(path, { ...end, ...tails, durationMs, wasToldToEnd });
  return 0;
}

/** On to the worker while it listens; its end must not be the child's. */
function forward(from: Readable, to: Writable, tail: ReturnType<typeof tailKeeper>): void {
  readLines(from, tail);
  let isHeard = true;
  to.on('error', () => {
    isHeard = false;
  });
  from.on('data', (chunk: Buffer) => {
    if (isHeard) to.write(chunk);
  });
}

/** What outlives the program in our group: asked to end, then killed. */
async function endRest(): Promise<void> {
  const rest = () => groupMembers(process.pid).filter(({ pid }) => pid !== process.pid);
  const until = Date.now() + killGraceMs;
  for (const { pid } of rest()) sendSignal(pid, 'SIGTERM');
  while (rest().length > 0) {
    if (Date.now() > until) for (const { pid } of rest()) sendSignal(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
