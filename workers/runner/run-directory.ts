import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { makeOwnedDirectory, removeTree } from '@/lib/tools/files';
import { endProcessGroup, isSameProcess, type ProcessGroup, readProcess } from '@/lib/tools/process-groups';

/** Says whose a scratch directory is. Only directories with such a file beside them are ever removed. */
const markerSchema = z.object({
  plumbline: z.literal('run'),
  runId: z.uuid(),
  epoch: z.number(),
  pid: z.number(),
  startTicks: z.string(),
  /** Boot and process namespace that the pid is of: in another one it says nothing. */
  namespace: z.string(),
});
export type Marker = z.infer<typeof markerSchema>;

export interface RunDirectory {
  path: string;
  recordGroup(group: ProcessGroup): void;
  remove(): void;
}

/** Short, since sockets lie in it: the run's id without dashes, and the epoch. */
function nameOf(runId: string, epoch: number): string {
  return `${runId.replaceAll('-', '')}-e${epoch}`;
}

function folderOf(workDir: string): string {
  return path.join(workDir, 'runs');
}

/**
 * Makes the directory of one epoch of a run. The marker comes first, so that a crash between the two leaves nothing
 * that nobody owns.
 */
export function makeRunDirectory(
  workDir: string,
  runId: string,
  epoch: number,
  user: string | undefined,
): RunDirectory {
  const folder = folderOf(workDir);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const base = path.join(folder, nameOf(runId, epoch));
  const marker: Marker = {
    plumbline: 'run',
    runId,
    epoch,
    pid: process.pid,
    startTicks: readProcess(process.pid)?.startTicks ?? '0',
    namespace: processNamespace(),
  };
  writeFileSync(`${base}.json`, JSON.stringify(marker), { mode: 0o600 });
  makeOwnedDirectory(base, user);
  return {
    path: base,
    recordGroup: (group) => {
      const line = JSON.stringify(group);
      appendFileSync(`${base}.groups`, `${line}\n`, { mode: 0o600 });
    },
    remove: () => removeMarked(base),
  };
}

function removeMarked(base: string): void {
  removeTree(base);
  removeTree(`${base}.groups`);
  // Last: as long as it is there, somebody will finish this.
  removeTree(`${base}.json`);
}

export interface FoundDirectory {
  base: string;
  marker: Marker;
}

/** The marked directories under a worker's folder; whatever has no marker is not ours and is left alone. */
export function findRunDirectories(workDir: string): FoundDirectory[] {
  const folder = folderOf(workDir);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const base = path.join(folder, name.slice(0, -'.json'.length));
      try {
        const marker = markerSchema.parse(JSON.parse(readFileSync(`${base}.json`, 'utf8')));
        return path.basename(base) === nameOf(marker.runId, marker.epoch) ? [{ base, marker }] : [];
      } catch {
        return [];
      }
    });
}

/** `man 7 namespaces`, `man 5 proc`: two workers that share a folder may be in two containers. */
function processNamespace(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return 'unknown';
  }
}

/** Whether the process that made the directory still lives; `unknown` when it was in another container. */
export function ownerState(marker: Marker): 'alive' | 'gone' | 'unknown' {
  const here = processNamespace();
  if (here === 'unknown' || marker.namespace !== here) return 'unknown';
  return isSameProcess(marker.pid, marker.startTicks) ? 'alive' : 'gone';
}

/** Ends the processes that an epoch left behind and removes its directory. */
export async function removeRunDirectory(found: FoundDirectory, graceMs = 5_000): Promise<void> {
  let lines: string[] = [];
  try {
    lines = readFileSync(`${found.base}.groups`, 'utf8').trim().split('\n');
  } catch {
    // It never started a child.
  }
  for (const line of lines) {
    try {
      const group = JSON.parse(line) as ProcessGroup;
      if (isSameProcess(group.groupId, group.startTicks)) {
        await endProcessGroup(group.groupId, group.stopSignals, graceMs);
      }
    } catch {
      // A line that was cut by a crash names nobody.
    }
  }
  removeMarked(found.base);
}
