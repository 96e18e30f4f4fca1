import { createHash } from 'node:crypto';

/**
 * A folder's name for any name from a server: its readable part and a hash of the whole, so that two names never
 * share one, and no name climbs out of its folder, hides, or looks like an option.
 */
export function folderName(name: string): string {
  const readable = name.replace(/[^A-Za-z0-9_]+/g, '-').replace(/^-+|-+$/g, '');
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 10);
  return `${readable.slice(0, 40) || 'name'}-${hash}`;
}
