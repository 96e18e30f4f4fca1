import { constants } from 'node:fs';
import { open, readdir, readFile, realpath, statfs } from 'node:fs/promises';
import {
  diskOf,
  type HostDisk,
  type HostReading,
  loadAverages,
  memoryFacts,
  mountPoints,
  processorTimes,
} from '@/lib/engine/host-reading';

/** What a server says of itself, to be found again in its data directory. */
export interface ServerClaim {
  dataDirectory: string;
  systemIdentifier: string;
  /** Of the postmaster, epoch seconds. */
  startedAt: number;
}

/** The postmaster writes its start before it is up; a server that was restarted is told apart by more than this. */
const startToleranceSeconds = 10;
/** Nine short lines (src/include/utils/pidfile.h). */
const pidFileBytes = 4096;

/**
 * Why this machine is not known to be the server's, or undefined when it is: its data directory is here, belongs to a
 * cluster of the same system identifier (the first eight bytes of global/pg_control: src/include/catalog/pg_control.h),
 * and its postmaster.pid names a process that lives and began when the server says that it did. A copy or a standby on
 * the same machine has the identifier, but another start.
 */
export async function refusalOfMachine(claim: ServerClaim): Promise<string | undefined> {
  const { dataDirectory, systemIdentifier, startedAt } = claim;
  if (!dataDirectory.startsWith('/')) return 'The server tells no data directory.';
  let pidFile: string;
  let identifier: bigint;
  try {
    pidFile = (await beginOf(`${dataDirectory}/postmaster.pid`, pidFileBytes)).toString('utf8');
    identifier = identifierIn(await beginOf(`${dataDirectory}/global/pg_control`, 8));
  } catch (error) {
    if (error instanceof NoFileError) return error.message;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EACCES' || code === 'EPERM')
      return `The worker may not read ${dataDirectory}: it runs as a user that cannot enter it.`;
    return `The server’s data directory ${dataDirectory} is not on the worker’s machine.`;
  }
  if (identifier.toString() !== systemIdentifier)
    return `The cluster in ${dataDirectory} of the worker’s machine is another one.`;
  const [pid, , started] = pidFile.split('\n');
  if (Math.abs(Number(started) - startedAt) > startToleranceSeconds || !lives(Number(pid)))
    return `The server that uses ${dataDirectory} on the worker’s machine is not the one that is watched.`;
  return undefined;
}

class NoFileError extends Error {}

/**
 * The first bytes of a file in a folder that a watched server named: whoever owns the folder may have put anything
 * there, and opening a FIFO the usual way would wait for its writer for ever.
 */
async function beginOf(path: string, bytes: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new NoFileError(`${path} on the worker’s machine is no file.`);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function identifierIn(control: Buffer): bigint {
  if (control.length < 8) return 0n;
  return process.arch === 's390x' ? control.readBigUInt64BE() : control.readBigUInt64LE();
}

function lives(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The places of a server's files: data, WAL (often a link elsewhere) and tablespaces by their oid. */
export async function serverPaths(dataDirectory: string): Promise<{ holds: string; path: string }[]> {
  const tablespaces = await readdir(`${dataDirectory}/pg_tblspc`).catch(() => []);
  return [
    { holds: 'data', path: dataDirectory },
    { holds: 'WAL', path: `${dataDirectory}/pg_wal` },
    ...tablespaces
      .filter((name) => /^\d+$/.test(name))
      .map((name) => ({ holds: `tablespace ${name}`, path: `${dataDirectory}/pg_tblspc/${name}` })),
  ];
}

/**
 * Processors, load and memory of this machine from /proc, and the filesystems that hold the given paths; a path that
 * is not there is left out.
 */
export async function readMachine(paths: readonly { holds: string; path: string }[]): Promise<HostReading> {
  const [stat = '', meminfo = '', loadavg = '', mountinfo = ''] = await Promise.all(
    ['stat', 'meminfo', 'loadavg', 'self/mountinfo'].map((name) => readFile(`/proc/${name}`, 'utf8')),
  );
  const mounts = mountPoints(mountinfo).map((mount) => ({ mount }));
  const disks = new Map<string, HostDisk>();
  for (const { holds, path } of paths) {
    try {
      const real = await realpath(path);
      const facts = await statfs(real);
      const mount = diskOf(mounts, real)?.mount ?? '/';
      const known = disks.get(mount)?.holds ?? [];
      const [totalBytes, freeBytes] = [facts.blocks * facts.bsize, facts.bavail * facts.bsize];
      disks.set(mount, { mount, holds: [...known, holds], totalBytes, freeBytes });
    } catch {
      // Gone between two looks: nothing can be said of it.
    }
  }
  return {
    ...processorTimes(stat),
    ...loadAverages(loadavg),
    ...memoryFacts(meminfo),
    disks: [...disks.values()],
  };
}
