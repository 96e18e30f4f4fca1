import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { dumpCatalogSchema } from '@/lib/procedures/dump-catalog';
import { folderName } from '@/lib/procedures/folder-name';
import { giveTo } from '@/lib/tools/files';

/** One table's data in the dump, as it was decoded after the dump. */
const dumpedTableSchema = z.object({
  schema: z.string(),
  name: z.string(),
  rows: z.number(),
  /** Decoded bytes of its rows. */
  bytes: z.number(),
  file: z.string(),
  /** Made by CREATE EXTENSION and only partly dumped: rows cannot be compared one to one. */
  extensionMember: z.boolean(),
});

export const dumpedFileSchema = z.object({ path: z.string(), bytes: z.number(), sha256: z.string() });

/** What lies beside a dump and says what must be in it. */
export const manifestSchema = z.object({
  format: z.literal('plumbline-logical-1'),
  id: z.string(),
  cluster: z.object({ id: z.string(), name: z.string(), systemIdentifier: z.string(), timeline: z.number() }),
  instance: z.object({ id: z.string(), name: z.string(), role: z.enum(['primary', 'standby']) }),
  database: z.string(),
  serverVersionNum: z.number(),
  dumpMajor: z.number(),
  startedAt: z.string(),
  finishedAt: z.string(),
  snapshot: z.object({ at: z.string(), lsn: z.string().nullable(), xids: z.string() }),
  tables: z.array(dumpedTableSchema),
  largeObjects: z.number(),
  catalog: dumpCatalogSchema,
  files: z.array(dumpedFileSchema),
});

export type DumpedTable = z.infer<typeof dumpedTableSchema>;
export type DumpedFile = z.infer<typeof dumpedFileSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

/** Parts of a backup's folder. */
export const dumpFolder = 'dump';
export const globalsFile = 'globals.json';
export const rolesFile = 'roles.sql';
export const manifestFile = 'manifest.json';

/** Where the backups of a database lie: `<repository>/<cluster>/<database>`. */
export function databaseFolder(repositoryDir: string, clusterName: string, database: string): string {
  return path.join(repositoryDir, folderName(clusterName), folderName(database));
}

/**
 * A backup that is being made. Its epoch is in the name, so that a process left over from an earlier claim cannot
 * write into a later one's.
 */
export function partialFolder(folder: string, runId: string, epoch: number | string): string {
  return path.join(folder, `${runId}.${epoch}.partial`);
}

export function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Writes a file, waits until it is on the disk, and gives it to the tools' user. */
export async function writeDurably(file: string, text: string, user: string | undefined): Promise<void> {
  await writeFile(file, text, { mode: 0o600, flush: true });
  giveTo(file, user);
}

/** Waits until a directory's entries are on the disk (`man 2 fsync`): a rename is not kept before that. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Reads and checks the manifest of a backup; with `sha256` also that it is the one that was registered.
 * @throws PlumblineError `not-found` when there is none, `tool-failed` when it is not what was written.
 */
export async function readManifest(backupPath: string, sha256?: string): Promise<Manifest> {
  const file = path.join(backupPath, manifestFile);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new PlumblineError('not-found', `The backup’s ${manifestFile} cannot be read.`, {
      next: 'The folder was moved, removed or damaged outside the console; take a new backup.',
      cause,
    });
  }
  if (sha256 !== undefined && sha256Of(text) !== sha256) {
    throw new PlumblineError('tool-failed', `The backup’s ${manifestFile} is not the one that was written.`, {
      next: 'Do not trust this backup; take a new one and find out who changed the file.',
    });
  }
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new PlumblineError('tool-failed', `The backup’s ${manifestFile} is damaged.`, { cause });
  }
}
