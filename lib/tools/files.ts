import { chownSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { findSystemUser } from '@/lib/tools/system-user';

/** Gives a path to the system user that tools run as; nothing to do when we are not root. */
export function giveTo(path: string, user: string | undefined): void {
  if (!user || process.getuid?.() !== 0) return;
  const owner = findSystemUser(user);
  if (owner) chownSync(path, owner.uid, owner.gid);
}

/** Makes a directory that only `user` (or we) can enter. Parents that are missing can be passed by everybody. */
export function makeOwnedDirectory(path: string, user?: string): void {
  const parent = path.slice(0, path.lastIndexOf('/'));
  if (parent) mkdirSync(parent, { recursive: true, mode: 0o755 });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  giveTo(path, user);
}

/** Writes a file that only `user` (or we) can read. */
export function writeSecretFile(path: string, content: string, user?: string): void {
  writeFileSync(path, content, { mode: 0o600 });
  giveTo(path, user);
}

/** As `writeSecretFile`, for a file that others may read meanwhile: they find the old text or the new, and no change of none. */
export function replaceSecretFile(path: string, content: string, user?: string): void {
  try {
    if (readFileSync(path, 'utf8') === content) return;
  } catch {
    // Not there yet.
  }
  const beside = `${path}.${process.pid}.new`;
  writeSecretFile(beside, content, user);
  renameSync(beside, path);
}

/** Removes a directory with all in it; no error when it is not there. */
export function removeTree(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
