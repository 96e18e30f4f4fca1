import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** Parent, and user and system time of ended children in ms (proc(5): stat fields 4, 16 and 17). */
function statOf(pid: number): { parent: number; endedChildrenMs: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [parent = 0, ended = 0, endedSystem = 0] = [fields[1], fields[13], fields[14]];
    return { parent, endedChildrenMs: ((ended + endedSystem) * 1000) / ticksPerSecond };
  } catch {
    return undefined;
  }
}

/** Time on a processor in ms, to the nanosecond (the kernel's scheduler statistics, first field). */
function runMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return 0;
  }
}

/** CPU ms that a server has used so far: its postmaster, every live child, and those that have ended. */
export function serverCpuMs(postmaster: number): number {
  const children = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0 && statOf(pid)?.parent === postmaster);
  const ended = statOf(postmaster)?.endedChildrenMs ?? 0;
  return [postmaster, ...children].reduce((sum, pid) => sum + runMs(pid), ended);
}
