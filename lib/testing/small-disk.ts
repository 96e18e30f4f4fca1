import { statfs } from 'node:fs/promises';
import { giveTo, makeOwnedDirectory, removeTree } from '@/lib/tools/files';
import { runTool } from '@/lib/tools/process';
import { toolUserName } from '@/lib/tools/system-user';

const deadlineMs = 10_000;

/** A file system of a test's own, in memory, whose end can really be reached. */
export interface SmallDisk {
  path: string;
  /** Changes its size while it is in use, so that all but some bytes of it are taken. */
  leaveFree(bytes: number): Promise<void>;
  resize(bytes: number): Promise<void>;
  /** Unmounts it, whatever still uses it. */
  remove(): Promise<void>;
}

/**
 * Mounts a file system of a size in bytes at a new directory, for the tools' system user.
 *
 * @throws Error that says what is needed where this process may not mount.
 */
export async function smallDisk(path: string, bytes: number): Promise<SmallDisk> {
  const user = toolUserName();
  makeOwnedDirectory(path, user);
  await mount(path, `size=${bytes},mode=700`);
  giveTo(path, user);
  const resize = (size: number) => mount(path, `remount,size=${size}`);
  return {
    path,
    resize,
    leaveFree: async (free) => {
      const { blocks, bfree, bsize } = await statfs(path);
      await resize((blocks - bfree) * bsize + free);
    },
    remove: async () => {
      await runTool({ argv: ['umount', '--lazy', path], deadlineMs });
      removeTree(path);
    },
  };
}

/**
 * A directory for copies of servers, in memory: a restore flushes each of its thousand files to the disk. Where this
 * process may not mount one it is an ordinary directory, and only slower.
 */
export async function quickDirectory(
  path: string,
  bytes: number,
): Promise<Pick<SmallDisk, 'path' | 'remove'>> {
  return smallDisk(path, bytes).catch(() => ({ path, remove: async () => removeTree(path) }));
}

async function mount(path: string, options: string): Promise<void> {
  const result = await runTool({ argv: ['mount', '-t', 'tmpfs', '-o', options, 'none', path], deadlineMs });
  if (result.exitCode === 0) return;
  throw new Error(
    `This test fills a disk of its own and may not mount one: ${result.stderr.trim()}. Run the tests as root, or with the capability SYS_ADMIN.`,
  );
}
