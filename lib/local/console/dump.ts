import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { open, rename, stat, statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { messageOf, PlumblineError } from '@/lib/base/errors';
import { formatBytes } from '@/lib/base/format';
import { newId } from '@/lib/base/ids';
import { comeBackNote } from '@/lib/local/console/come-back-note';
import { newestPrograms, withConnection } from '@/lib/local/console/database-tools';
import {
  addConsoleDump,
  type ConsoleDump,
  consoleSize,
  listConsoleDumps,
  markConsoleDumpsRemoved,
  whileDumping,
} from '@/lib/store/console-dumps';
import { openStore, type Store } from '@/lib/store/db';
import { runToolOrFail } from '@/lib/tools/process';
import { type PostgresPrograms, programPath } from '@/lib/tools/programs';

export interface DumpConsoleOptions {
  /** The console database as its owner: the processes' roles may not read all of it. */
  ownerUrl: string;
  folder: string;
  /** Files that stay, the new one counted. */
  keep: number;
  /** Where the workers' key file is, as far as it is known: it is never in the dump. */
  keyFile?: string;
  programs?: PostgresPrograms;
  signal?: AbortSignal;
  now?: Date;
}

export const keptDumps = 14;

const prefix = 'plumbline-console-';
const namePattern = /^plumbline-console-\d{8}T\d{6}Z\.dump$/;
const partialEnd = '.unfinished';
const deadlineMs = 6 * 3600_000;
/** A dump is compressed; this much of the database must be free before one is begun, when none was made yet. */
const expectedShare = 0.5;

/** The dumps in a folder, the newest first. */
export function consoleDumpsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => namePattern.test(name))
    .sort()
    .reverse()
    .map((name) => path.join(folder, name));
}

/**
 * Saves the console's own database: dumps it under an unfinished name, reads all of it back, and only then gives it its
 * name. What came of it is a row, also when it failed. Readers and writers go on; a lock that is not to be had within
 * ten seconds ends the dump, not the others.
 *
 * @throws PlumblineError `conflict` when one is being made, `tool-failed`, `cancelled`; nothing half stays.
 */
export async function dumpConsole(options: DumpConsoleOptions): Promise<ConsoleDump> {
  const { db, close } = openStore(options.ownerUrl, { applicationName: 'plumbline-dump', max: 2 });
  try {
    const done = await whileDumping(db, () => dumpAndTell(db, options));
    if (done) return done;
    throw new PlumblineError('conflict', 'The console’s database is being dumped at the moment.', {
      next: 'Wait until that has ended.',
    });
  } finally {
    await close();
  }
}

async function dumpAndTell(db: Store, options: DumpConsoleOptions): Promise<ConsoleDump> {
  const started = options.now ?? new Date();
  const stamp = started.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const file = path.join(options.folder, `${prefix}${stamp}.dump`);
  const told = { id: newId(), path: file, madeOn: hostname(), startedAt: started.toISOString() };
  const finished = () => new Date(Math.max(Date.now(), started.getTime())).toISOString();
  try {
    const { migration, keyIds, bytes: size } = await consoleSize(db);
    await makeRoom(db, options.folder, size);
    const bytes = await writeDump(options, file);
    const dump = { ...told, state: 'ready' as const, bytes, migration, keyIds, problem: null };
    writeFileSync(path.join(options.folder, 'HOW-TO-COME-BACK.txt'), comeBackNote(options, keyIds), {
      mode: 0o600,
    });
    const row = { ...dump, finishedAt: finished() };
    await addConsoleDump(db, row);
    await markConsoleDumpsRemoved(db, removeOld(options.folder, options.keep));
    return row;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    const failed = { state: 'failed' as const, bytes: null, migration: null, keyIds: [] };
    const next = error instanceof PlumblineError && error.next ? ` ${error.next}` : '';
    await addConsoleDump(db, {
      ...told,
      ...failed,
      problem: `${messageOf(error)}${next}`.slice(0, 2000),
      finishedAt: finished(),
    });
    throw error;
  }
}

/** The folder for us alone, without what a killed dump left; and enough room on its disk. */
async function makeRoom(db: Store, folder: string, databaseBytes: number): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) {
    if (name.startsWith(prefix) && name.endsWith(partialEnd)) rmSync(path.join(folder, name));
  }
  const last = (await listConsoleDumps(db, 30)).find(({ bytes }) => bytes !== null);
  const needed = last?.bytes ? last.bytes * 1.3 : databaseBytes * expectedShare;
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= needed) return;
  throw new PlumblineError(
    'tool-failed',
    `A dump needs some ${formatBytes(needed)}; ${folder} has ${formatBytes(bavail * bsize)} free.`,
    { next: 'Make room there, or name another folder in PLUMBLINE_CONSOLE_DUMPS.' },
  );
}

async function writeDump(options: DumpConsoleOptions, file: string): Promise<number> {
  const programs = options.programs ?? (await newestPrograms());
  const partial = `${file}${partialEnd}`;
  const { signal } = options;
  try {
    // Made before pg_dump opens it: its rows hold what only we may read.
    await (await open(partial, 'wx', 0o600)).close();
    await withConnection(options.ownerUrl, 'plumbline-dump', (dbname) =>
      runToolOrFail({
        argv: [
          programPath(programs, 'pg_dump'),
          dbname,
          '--format=custom',
          '--compress=3',
          '--no-password',
          '--lock-wait-timeout=10000',
          `--file=${partial}`,
        ],
        signal,
        deadlineMs,
      }),
    );
    chmodSync(partial, 0o600);
    // Decodes every block; that the list of contents can be read says nothing of the rows.
    await runToolOrFail({
      argv: [programPath(programs, 'pg_restore'), '--file=/dev/null', partial],
      signal,
      deadlineMs,
    });
    await sync(partial);
    await rename(partial, file);
    await sync(path.dirname(file));
    return (await stat(file)).size;
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

async function sync(place: string): Promise<void> {
  const handle = await open(place, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function removeOld(folder: string, keep: number): string[] {
  const old = consoleDumpsIn(folder).slice(keep);
  for (const file of old) rmSync(file);
  return old;
}
