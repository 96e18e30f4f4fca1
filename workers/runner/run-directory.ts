import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { makeOwnedDirectory, removeTree } from '@/lib/tools/files';
import { endProcessGroup, isSameProcess, type ProcessGroup, readProcess } from '@/lib/tools/process-groups';
import { endSpooled, spooledGroups } from '@/workers/runner/spooled-tool';

/** Says whose a scratch directory is. Only directories with such a file beside them are ever removed. */
const markerSchema = z.object({
  plumbline: z.literal('run'),
  runId: z.uuid(),
  epoch: z.number(),
  /** The epoch that made it and gave it its name, when a later one has taken it over with its children. */
  made: z.number().optional(),
  pid: z.number(),
  startTicks: z.string(),
  /** Its process has given it up while it still lives, for the next one to take. */
  left: z.literal(true).optional(),
  /** Boot and process namespace that the pid is of: in another one it says nothing. */
  namespace: z.string(),
});
export type Marker = z.infer<typeof markerSchema>;

export interface RunDirectory {
  path: string;
  /** Where spooled calls are kept: ours alone, unlike the directory itself, which is the children's. */
  spool: string;
  /** The epoch whose spooled children may be adopted. */
  adoptedFrom?: number;
  recordGroup(group: ProcessGroup): void;
  /** Gives it up with the children that go on in it. Once: afterwards it may be somebody else's. */
  leave(): void;
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
  const marker = ownMarker(runId, epoch);
  writeMarker(base, marker);
  makeOwnedDirectory(base, user);
  return directoryAt(base, marker);
}

/**
 * Takes over the directory of the run's last epoch with what its children have written and may still write: the
 * process that had it is gone, and it has spooled children. Undefined when there is none.
 */
export async function adoptRunDirectory(
  workDir: string,
  runId: string,
  epoch: number,
): Promise<RunDirectory | undefined> {
  const found = findRunDirectories(workDir)
    .filter(({ marker }) => marker.runId === runId && marker.epoch < epoch)
    .sort((a, b) => b.marker.epoch - a.marker.epoch)[0];
  if (!found || !hasSpool(found) || ownerState(found.marker) !== 'gone') return undefined;
  const made = found.marker.made ?? found.marker.epoch;
  const marker = { ...ownMarker(runId, epoch), made };
  writeMarker(found.base, marker);
  // Only spooled children can be answered for: others end here, should the guard not have done it.
  await endRecorded(found.base, 5_000, spooledGroups(`${found.base}.spool`));
  return { ...directoryAt(found.base, marker), adoptedFrom: found.marker.epoch };
}

/** A reader finds the one before or this one, never half of it. */
function writeMarker(base: string, marker: Marker): void {
  writeFileSync(`${base}.next`, JSON.stringify(marker), { mode: 0o600 });
  renameSync(`${base}.next`, `${base}.json`);
}

/** Whether children were started in it that may outlive their worker. */
export function hasSpool({ base }: FoundDirectory): boolean {
  return existsSync(`${base}.spool`);
}

function ownMarker(runId: string, epoch: number): Marker {
  const startTicks = readProcess(process.pid)?.startTicks ?? '0';
  return {
    plumbline: 'run',
    runId,
    epoch,
    pid: process.pid,
    startTicks,
    namespace: processNamespace(),
  };
}

function directoryAt(base: string, marker: Marker): RunDirectory {
  let isLeft = false;
  return {
    path: base,
    spool: `${base}.spool`,
    recordGroup: (group) => {
      const line = JSON.stringify(group);
      appendFileSync(`${base}.groups`, `${line}\n`, { mode: 0o600 });
    },
    leave: () => {
      if (!isLeft) writeMarker(base, { ...marker, left: true });
      isLeft = true;
    },
    remove: () => removeMarked(base),
  };
}

function removeMarked(base: string): void {
  removeTree(base);
  removeTree(`${base}.groups`);
  removeTree(`${base}.spool`);
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
        return path.basename(base) === nameOf(marker.runId, marker.made ?? marker.epoch)
          ? [{ base, marker }]
          : [];
      } catch {
        return [];
      }
    });
}

/** `man 7 namespaces`, `man 5 proc`: two workers that share a folder may be in two containers. */
export function processNamespace(): string {
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
  if (marker.left) return 'gone';
  return isSameProcess(marker.pid, marker.startTicks) ? 'alive' : 'gone';
}

/** Ends the processes that an epoch left behind and removes its directory. */
export async function removeRunDirectory(found: FoundDirectory, graceMs = 5_000): Promise<void> {
  await endRecorded(found.base, graceMs);
  await endSpooled(`${found.base}.spool`, graceMs);
  removeMarked(found.base);
}

async function endRecorded(base: string, graceMs: number, but: readonly number[] = []): Promise<void> {
  let lines: string[] = [];
  try {
    lines = readFileSync(`${base}.groups`, 'utf8').trim().split('\n');
  } catch {
    // It never started a child.
  }
  for (const line of lines) {
    try {
      const group = JSON.parse(line) as ProcessGroup;
      if (!but.includes(group.groupId) && isSameProcess(group.groupId, group.startTicks)) {
        await endProcessGroup(group.groupId, group.stopSignals, graceMs);
      }
    } catch {
      // A line that was cut by a crash names nobody.
    }
  }
}
