import { existsSync } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import type { JsonObject, StepContext } from '@/lib/engine/define-job';
import { partialFolder, readManifest } from '@/lib/procedures/dump-archive';
import { publishDump, removePartials } from '@/lib/procedures/dump-publish';
import { damaged } from '@/lib/procedures/encryption';
import { readObject } from '@/lib/procedures/upload-object';
import type { FetchInput, FetchParams } from '@/lib/procedures/upload-plan';
import { PlainReader } from '@/lib/procedures/upload-source';
import { giveTo, makeOwnedDirectory } from '@/lib/tools/files';
import { toolUserName } from '@/lib/tools/system-user';

export type FetchContext = StepContext<FetchInput, FetchParams>;

/**
 * Brings the object into an unfinished folder: every chunk is authenticated before a byte of it is written, every file
 * compared with its checksum, and the manifest must be the one that was registered.
 */
export async function fetchUpload(ctx: FetchContext): Promise<JsonObject> {
  const { backupId, folder } = ctx.params;
  await removePartials(folder, backupId);
  const partial = partialFolder(folder, backupId, ctx.epoch);
  makeOwnedDirectory(folder, toolUserName());
  const files = await fetchInto(ctx, partial, (keyId) => ctx.keeping.dumpKey(keyId));
  return { partial, files };
}

/**
 * Downloads and decrypts an uploaded dump into a folder that is made for it, with the key that `keyOf` gives.
 *
 * @returns how many files it has.
 */
export async function fetchInto(
  ctx: Pick<StepContext, 'keeping' | 'signal' | 'progress'> & {
    params: Pick<FetchParams, 'backupId' | 'storageId' | 'objectKey' | 'manifestSha256'>;
  },
  partial: string,
  keyOf: (keyId: string) => Promise<Uint8Array>,
): Promise<number> {
  const { backupId, storageId, objectKey, manifestSha256 } = ctx.params;
  const user = toolUserName();
  makeOwnedDirectory(partial, user);
  const store = await ctx.keeping.openStorage(storageId);
  const total = (await store.head(objectKey, ctx.signal))?.bytes ?? null;
  const files = new FileWriter(partial, objectKey, user);
  try {
    const reader = new PlainReader(objectKey, {
      write: (file, bytes) => files.write(file.path, bytes),
      end: (file) => files.end(file.path),
    });
    await readObject(store, { objectKey, backupId }, keyOf, reader, {
      signal: ctx.signal,
      onBytes: (done) => ctx.progress(done, total, 'bringing back, bytes'),
    });
    const index = reader.finish();
    await readManifest(partial, manifestSha256 || undefined);
    return index.files.length;
  } finally {
    await files.close();
  }
}

/** Gives it its final name; from then on the console counts on it here. */
export async function publishFetched(ctx: FetchContext): Promise<JsonObject> {
  const { backupId, folder, database, objectKey } = ctx.params;
  const final = path.join(folder, backupId);
  await publishDump(String(ctx.outputs.fetch?.partial), final);
  await ctx.keeping.returned(backupId, final);
  await ctx.evidence({
    type: 'fetch',
    verdict: 'pass',
    title: `The dump of ${database} is back from its storage`,
    database,
    backupId,
    facts: { path: final, objectKey, files: ctx.outputs.fetch?.files ?? null },
  });
  return { path: final };
}

export async function cleanUpFetch(ctx: FetchContext): Promise<void> {
  const { folder, backupId } = ctx.params;
  if (!existsSync(folder)) return;
  for (const name of await removePartials(folder, backupId))
    ctx.log('info', `Removed the unfinished ${name}.`);
}

/** Writes one file after another below a folder, and nowhere else. */
class FileWriter {
  private handle: FileHandle | undefined;
  private at = '';

  constructor(
    private readonly folder: string,
    private readonly what: string,
    private readonly user: string | undefined,
  ) {}

  async write(name: string, bytes: Buffer): Promise<void> {
    await this.open(name);
    await this.handle?.write(bytes);
  }

  async end(name: string): Promise<void> {
    await this.open(name);
    await this.handle?.sync();
    await this.close();
    giveTo(path.join(this.folder, name), this.user);
  }

  async close(): Promise<void> {
    await this.handle?.close();
    this.handle = undefined;
    this.at = '';
  }

  private async open(name: string): Promise<void> {
    if (this.handle && this.at === name) return;
    // Authenticated or not: a name never leads out of the folder.
    if (!/^(dump\/)?[\w.-]+$/.test(name) || name.includes('..')) {
      throw damaged(this.what, 'it names a file outside its folder');
    }
    const parent = path.dirname(path.join(this.folder, name));
    await mkdir(parent, { recursive: true, mode: 0o700 });
    giveTo(parent, this.user);
    this.handle = await open(path.join(this.folder, name), 'wx', 0o600);
    this.at = name;
  }
}
