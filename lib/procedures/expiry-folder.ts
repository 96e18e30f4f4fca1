import { existsSync } from 'node:fs';
import { lstat, realpath, rename } from 'node:fs/promises';
import path from 'node:path';
import { PlumblineError } from '@/lib/base/errors';
import { readManifest, syncDirectory } from '@/lib/procedures/dump-archive';
import { removeTree } from '@/lib/tools/files';

/** What is being removed is called so first: from then on it is no backup, however far the removal came. */
const goingSuffix = '.expired';

/**
 * Says why a folder may not be removed, or null: it must be `<repository>/<cluster>/<database>/<id>` of this worker
 * without a symbolic link on the way, and hold our manifest of this very backup.
 */
export async function refusalToRemove(
  repositoryDir: string,
  backup: { id: string; path: string },
): Promise<string | null> {
  const parts = path.relative(repositoryDir, backup.path).split(path.sep);
  if (parts.length !== 3 || parts[0] === '..' || parts[2] !== backup.id) {
    return `${backup.path} is not where this worker keeps backups`;
  }
  try {
    let at = repositoryDir;
    for (const part of parts) {
      at = path.join(at, part);
      if ((await lstat(at)).isSymbolicLink()) return `${at} is a symbolic link`;
    }
    const [root, real] = await Promise.all([realpath(repositoryDir), realpath(backup.path)]);
    if (real !== path.join(root, ...parts)) return `${backup.path} leads elsewhere`;
    const manifest = await readManifest(backup.path);
    if (manifest.id !== backup.id) return `the manifest in ${backup.path} is of another backup`;
  } catch (error) {
    if (error instanceof PlumblineError) return error.message;
    return `${backup.path} cannot be read`;
  }
  return null;
}

/** Whether none of a backup's files was removed yet. */
export function isWhole(backupPath: string): boolean {
  return existsSync(backupPath);
}

/**
 * Removes a backup's folder: renamed first, in one act, so that what is half removed never looks like a backup. Goes on
 * where an earlier try ended.
 *
 * @throws PlumblineError `conflict` with the reason when it may not be removed.
 */
export async function removeFolder(
  repositoryDir: string,
  backup: { id: string; path: string },
): Promise<void> {
  if (isWhole(backup.path)) {
    const refusal = await refusalToRemove(repositoryDir, backup);
    if (refusal) {
      throw new PlumblineError('conflict', `Nothing was removed: ${refusal}.`, {
        next: 'Look at the folder, and remove it by hand if it is not needed.',
      });
    }
    await rename(backup.path, `${backup.path}${goingSuffix}`);
    await syncDirectory(path.dirname(backup.path));
  }
  const parts = path.relative(repositoryDir, backup.path).split(path.sep);
  if (parts.length === 3 && parts[0] !== '..' && parts[2] === backup.id)
    removeTree(`${backup.path}${goingSuffix}`);
}
