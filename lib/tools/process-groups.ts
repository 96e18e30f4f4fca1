import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel says of one process: `man 5 proc`, fields of /proc/PID/stat. */
export interface ProcessFact {
  pid: number;
  state: string;
  parentPid: number;
  groupId: number;
  /** Start time in clock ticks since boot, as text: with the pid it names one process for good. */
  startTicks: string;
}

/** Reads one process; undefined when it is gone. */
export function readProcess(pid: number): ProcessFact | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The second field is the command in brackets and may itself hold blanks and brackets.
  const rest = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: rest[0] ?? '?',
    parentPid: Number(rest[1]),
    groupId: Number(rest[2]),
    startTicks: rest[19] ?? '0',
  };
}

/** True while the very process that had this pid and start time lives (a zombie does not count). */
export function isSameProcess(pid: number, startTicks: string): boolean {
  const fact = readProcess(pid);
  return fact !== undefined && fact.startTicks === startTicks && fact.state !== 'Z';
}

/** All live processes, zombies left out. */
export function listProcesses(): ProcessFact[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((fact) => fact !== undefined)
    .filter((fact) => fact.state !== 'Z');
}

/** Live members of a process group. */
export function groupMembers(groupId: number): ProcessFact[] {
  return listProcesses().filter((fact) => fact.groupId === groupId);
}

/** Live children of a process, not their children. */
export function childrenOf(parentPid: number): ProcessFact[] {
  return listProcesses().filter((fact) => fact.parentPid === parentPid);
}

/** Sends a signal (0 only asks) to a process or, negated, to a group; false when nobody is there to receive it. */
export function sendSignal(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  }
}

/** How long a process group gets between a polite signal and SIGKILL. */
export const killGraceMs = 10_000;

/** A process group that we started: enough to end it from another process, and not a later one by mistake. */
export interface ProcessGroup {
  groupId: number;
  startTicks: string;
  /** Signals that ask it to end, in order; SIGKILL follows by itself. */
  stopSignals: NodeJS.Signals[];
}

export interface ProcessGroupObserver {
  started(group: ProcessGroup): void;
  ended(groupId: number): void;
}

const observers = new Set<ProcessGroupObserver>();

/** For the spawner: tells all observers. */
export function announceProcessGroup(tell: (observer: ProcessGroupObserver) => void): void {
  for (const observer of observers) tell(observer);
}

/** Tells an observer (a guard on a pipe) of each group from now on. Returns the way to stop. */
export function observeProcessGroups(observer: ProcessGroupObserver): () => void {
  observers.add(observer);
  return () => observers.delete(observer);
}

async function groupIsGone(groupId: number, deadlineMs: number): Promise<boolean> {
  const until = Date.now() + deadlineMs;
  while (sendSignal(-groupId, 0) && groupMembers(groupId).length > 0) {
    if (Date.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return true;
}

/** Ends a process group: each of the signals in turn with its grace, then SIGKILL to all that is left. */
export async function endProcessGroup(
  groupId: number,
  signals: NodeJS.Signals[] = ['SIGTERM'],
  graceMs: number = killGraceMs,
): Promise<void> {
  for (const signal of signals) {
    if (!sendSignal(-groupId, signal) || (await groupIsGone(groupId, graceMs))) return;
  }
  sendSignal(-groupId, 'SIGKILL');
  await groupIsGone(groupId, graceMs);
}
