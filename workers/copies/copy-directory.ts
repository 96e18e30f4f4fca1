import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { isId } from '@/lib/base/ids';
import { endLeftServer } from '@/lib/procedures/physical-server';
import { makeOwnedDirectory, removeTree } from '@/lib/tools/files';
import { readProcess } from '@/lib/tools/process-groups';
import { ownerState, processNamespace } from '@/workers/runner/run-directory';

/** Says whose a copy's directory is. Only directories with such a file beside them are ever removed. */
const markerSchema = z.object({
  plumbline: z.literal('copy'),
  runId: z.uuid(),
  /** The worker process that made it or keeps its server up. */
  pid: z.number(),
  startTicks: z.string(),
  namespace: z.string(),
});
type Marker = z.infer<typeof markerSchema>;

function folderOf(workDir: string): string {
  return path.join(workDir, 'copies');
}

export function copyDirectory(workDir: string, copyId: string): string {
  return path.join(folderOf(workDir), copyId);
}

/** Makes the directory of a copy, the marker first; one that is there is taken over by this process. */
export function makeCopyDirectory(workDir: string, copyId: string, user: string | undefined): string {
  const base = copyDirectory(workDir, copyId);
  mkdirSync(folderOf(workDir), { recursive: true, mode: 0o755 });
  writeMarker(base, {
    plumbline: 'copy',
    runId: copyId,
    pid: process.pid,
    startTicks: readProcess(process.pid)?.startTicks ?? '0',
    namespace: processNamespace(),
  });
  makeOwnedDirectory(base, user);
  return base;
}

function writeMarker(base: string, marker: Marker): void {
  writeFileSync(`${base}.next`, JSON.stringify(marker), { mode: 0o600 });
  renameSync(`${base}.next`, `${base}.json`);
}

/** Ids of the marked directories under a worker's folder; whatever has no marker is not ours and is left alone. */
export function findCopyDirectories(workDir: string): { id: string; marker: Marker }[] {
  const folder = folderOf(workDir);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const id = name.replace(/\.json$/, '');
    if (id === name || !isId(id)) return [];
    try {
      const marker = markerSchema.parse(JSON.parse(readFileSync(path.join(folder, name), 'utf8')));
      return marker.runId === id ? [{ id, marker }] : [];
    } catch {
      return [];
    }
  });
}

/** Whether another process than this one has it and lives: two workers of one name may share a folder for a while. */
export function isHeldElsewhere(marker: Marker): boolean {
  if (marker.pid === process.pid && marker.namespace === processNamespace()) return false;
  return ownerState({ ...marker, plumbline: 'run', epoch: 0 }) === 'alive';
}

/** Ends a server that was left over it and removes it with its marker. */
export async function removeCopyDirectory(workDir: string, copyId: string): Promise<void> {
  const base = copyDirectory(workDir, copyId);
  if (!existsSync(`${base}.json`)) return;
  await endLeftServer(`${base}/data`);
  removeTree(base);
  // Last: as long as it is there, somebody will finish this.
  removeTree(`${base}.json`);
}
