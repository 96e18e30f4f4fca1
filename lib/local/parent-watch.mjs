// npm passes neither TERM nor a lone INT to its child, and a child outlives a killed parent. So we look.
import { readFileSync } from 'node:fs';

function stat(/** @type {number} */ pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return {
      name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
      state: fields[0],
      parentPid: Number(fields[1]),
      startTicks: fields[19],
    };
  } catch {
    return undefined;
  }
}

/**
 * Our parent, and when that is the shell in which npm runs a script, npm itself: a shell between us and npm
 * outlives npm and would hide its end.
 */
function watched() {
  const parent = stat(process.ppid);
  const found = [{ pid: process.ppid, startTicks: parent?.startTicks }];
  if (parent && process.env.npm_lifecycle_event && ['sh', 'dash', 'bash'].includes(parent.name)) {
    found.push({ pid: parent.parentPid, startTicks: stat(parent.parentPid)?.startTicks });
  }
  return found.filter(({ pid, startTicks }) => pid > 1 && startTicks !== undefined);
}

/** Calls `onEnd` once when a process that started us has ended. Returns the way to stop looking. */
export function watchParent(/** @type {() => void} */ onEnd, everyMs = 500) {
  const parents = watched();
  const timer = setInterval(() => {
    const alive = parents.every(({ pid, startTicks }) => {
      const now = stat(pid);
      return now !== undefined && now.startTicks === startTicks && now.state !== 'Z';
    });
    if (alive) return;
    clearInterval(timer);
    onEnd();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
