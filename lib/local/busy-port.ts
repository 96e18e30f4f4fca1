import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { PlumblineError } from '@/lib/base/errors';
import { isPortFree } from '@/lib/tools/ports';

/** Inodes of sockets that listen on a port (`man 5 proc`, /proc/net/tcp: state 0A). */
function listeningInodes(port: number): Set<string> {
  const inodes = new Set<string>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of readFileSync(file, 'utf8').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const local = fields[1]?.split(':')[1];
      if (fields[3] === '0A' && local && Number.parseInt(local, 16) === port) inodes.add(fields[9] ?? '');
    }
  }
  return inodes;
}

/** Name and pid of the process that listens on a port, when we may see it. */
export function whoListens(port: number): { pid: number; name: string } | undefined {
  try {
    const inodes = listeningInodes(port);
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      const name = ownerOfSocket(pid, inodes);
      if (name) return { pid: Number(pid), name };
    }
  } catch {
    // Not Linux, or not ours to see: the port alone is named.
  }
  return undefined;
}

function ownerOfSocket(pid: string, inodes: Set<string>): string | undefined {
  try {
    for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1];
      if (inode && inodes.has(inode)) return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    }
  } catch {
    // Ended meanwhile, or another user's.
  }
  return undefined;
}

/** `postgres (process 123)`, or that it is not known. */
export function holderOf(port: number): string {
  const holder = whoListens(port);
  return holder ? `${holder.name} (process ${holder.pid})` : 'another process';
}

/** Fails with `conflict`, naming port, holder and what to do, when the port cannot be had. */
export async function requireFreePort(
  port: number,
  host: string,
  what: string,
  remedy: string,
): Promise<void> {
  if (await isPortFree(port, host)) return;
  const message = `Port ${port}, needed for ${what}, is in use by ${holderOf(port)}.`;
  throw new PlumblineError('conflict', message, { next: remedy });
}
