import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { observeProcessGroups } from '@/lib/tools/process-groups';

/** A small process that ends our children and removes our scratch directories when we are gone. */
export interface Reaper {
  pid: number;
  /** Remove this directory if we end without saying `keepDirectory`. */
  ownDirectory(path: string): void;
  keepDirectory(path: string): void;
}

let reaper: Reaper | undefined;

/**
 * Starts the reaper of this process, once. From then on every process group that tools/process starts is ended
 * when this process ends in any way, kill -9 included: a pipe from us to the reaper closes then, and nothing else
 * tells reliably (children, and still less grandchildren, do not notice the end of their parent).
 * `graceMs`: how long a group gets per stop signal.
 */
export function startReaper(graceMs = 5_000): Reaper {
  if (reaper) return reaper;
  const script = fileURLToPath(new URL('./reaper-process.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, String(graceMs)], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
    cwd: '/',
    env: { PATH: process.env.PATH ?? '' } as unknown as NodeJS.ProcessEnv,
  });
  // Neither the child nor the pipe may keep us running when our work is done.
  child.unref();
  const pipe = child.stdin;
  (pipe as Socket).unref();
  pipe.on('error', () => undefined);
  const tell = (message: object) => pipe.write(`${JSON.stringify(message)}\n`);
  observeProcessGroups({
    started: (group) => tell({ group }),
    ended: (groupId) => tell({ ended: groupId }),
  });
  reaper = {
    pid: child.pid as number,
    ownDirectory: (directory) => tell({ directory }),
    keepDirectory: (kept) => tell({ kept }),
  };
  return reaper;
}
