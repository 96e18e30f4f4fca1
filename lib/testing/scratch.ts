import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type Reaper, startReaper } from '@/lib/local/reaper';
import { makeOwnedDirectory, removeTree } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';

/** Where tests keep their servers: short (sockets), and passable for the system user that servers run as. */
export function scratchBase(): string {
  const folder = process.getuid?.() === 0 || tmpdir().length > 20 ? '/tmp' : tmpdir();
  const base = `${folder}/plumbline-test-${process.getuid?.() ?? 0}`;
  mkdirSync(base, { recursive: true, mode: 0o755 });
  return base;
}

/** Ends this test process's servers and removes its directories even when the run is killed. */
export function testReaper(): Reaper {
  return startReaper(2_000);
}

/** A new empty directory that the tools' system user owns. Removed at the end of the process at the latest. */
export function scratchDirectory(name: string): { path: string; remove(): void } {
  const path = `${scratchBase()}/${name}-${randomBytes(4).toString('hex')}`;
  const reaper = testReaper();
  reaper.ownDirectory(path);
  makeOwnedDirectory(path, toolUserName());
  return {
    path,
    remove: () => {
      removeTree(path);
      reaper.keepDirectory(path);
    },
  };
}
