import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '@/lib/base/errors';
import { type Manifest, manifestFile } from '@/lib/procedures/dump-archive';
import { hashFile } from '@/lib/procedures/dump-decode';
import { type DrillCheck, shownList } from '@/lib/procedures/validation';

/** Compares each file of a backup with its checksum; a file that is missing or not listed is wrong as well. */
export async function checkFiles(
  backupPath: string,
  manifest: Manifest,
  signal: AbortSignal,
  onBytes: (done: number, total: number) => void,
): Promise<DrillCheck> {
  const listed = new Set([manifestFile, ...manifest.files.map((file) => file.path)]);
  const entries = await readdir(backupPath, { recursive: true, withFileTypes: true });
  const wrong = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(backupPath, path.join(entry.parentPath, entry.name)))
    .filter((name) => !listed.has(name))
    .map((name) => `${name} does not belong to the backup`);
  const total = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  let done = 0;
  for (const file of manifest.files) {
    try {
      const found = await hashFile(path.join(backupPath, file.path), signal);
      if (found.bytes !== file.bytes)
        wrong.push(`${file.path} has ${found.bytes} bytes instead of ${file.bytes}`);
      else if (found.sha256 !== file.sha256) wrong.push(`${file.path} is not what was written`);
    } catch (error) {
      signal.throwIfAborted();
      wrong.push(`${file.path} cannot be read: ${messageOf(error)}`);
    }
    done += file.bytes;
    onBytes(done, total);
  }
  if (wrong.length > 0) return { name: 'checksums', verdict: 'fail', detail: shownList(wrong) };
  return {
    name: 'checksums',
    verdict: 'pass',
    detail: `${manifest.files.length} files are as they were written.`,
  };
}
