import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { dumpedFileSchema, manifestFile, readManifest, sha256Of } from '@/lib/procedures/dump-archive';
import { hashFile } from '@/lib/procedures/dump-decode';

/** What an encrypted dump begins with, before its files: the list of them. */
export const indexSchema = z.object({
  format: z.literal('plumbline-dump-1'),
  backupId: z.string(),
  files: z.array(dumpedFileSchema),
});
export type UploadIndex = z.infer<typeof indexSchema>;

/** The plain bytes of an upload: the length of the list, the list, the files. The same at each call. */
export interface UploadSource {
  index: UploadIndex;
  indexSha256: string;
  plainBytes: number;
  /** Bytes from inclusive to exclusive. @throws PlumblineError when a file is shorter than it was. */
  read(from: number, to: number): Promise<Buffer>;
}

/** The list as it stands in the object: its length in four bytes, then JSON. */
export function indexBytes(index: UploadIndex): Buffer {
  const text = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text]);
}

/** The files of a backup in a fixed order, as its manifest says; their contents are checked by whoever reads them. */
export async function uploadSource(
  backup: { id: string; path: string; manifestSha256: string },
  signal: AbortSignal,
): Promise<UploadSource> {
  const manifest = await readManifest(backup.path, backup.manifestSha256 || undefined);
  const own = await hashFile(path.join(backup.path, manifestFile), signal);
  const rest = [...manifest.files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const index: UploadIndex = {
    format: 'plumbline-dump-1',
    backupId: backup.id,
    files: [{ path: manifestFile, ...own }, ...rest],
  };
  const head = indexBytes(index);
  const sections: { from: number; to: number; file: string | null }[] = [
    { from: 0, to: head.length, file: null },
  ];
  let at = head.length;
  for (const file of index.files) {
    sections.push({ from: at, to: at + file.bytes, file: file.path });
    at += file.bytes;
  }
  return {
    index,
    indexSha256: sha256Of(head.toString('utf8')),
    plainBytes: at,
    read: async (from, to) => {
      const pieces: Buffer[] = [];
      for (const section of sections) {
        const start = Math.max(from, section.from);
        const end = Math.min(to, section.to);
        if (start >= end) continue;
        pieces.push(
          section.file === null
            ? head.subarray(start, end)
            : await readRange(path.join(backup.path, section.file), start - section.from, end - start),
        );
      }
      return Buffer.concat(pieces);
    },
  };
}

async function readRange(file: string, from: number, length: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await handle.read(buffer, done, length - done, from + done);
      if (bytesRead === 0) {
        throw new PlumblineError('tool-failed', `${file} became shorter while it was sent.`, {
          next: 'Somebody changes files of a backup. Take a new backup and find out who.',
        });
      }
      done += bytesRead;
    }
    return buffer;
  } finally {
    await handle.close();
  }
}

/** Takes the plain bytes of an object as they come, in order: the list first, then each file to its last byte. */
export class PlainReader {
  private readonly pending: Buffer[] = [];
  private pendingBytes = 0;
  private index: UploadIndex | undefined;
  private file = -1;
  private left = 0;
  private hash = createHash('sha256');

  /** `write` is called with pieces of each file, `end` when it is whole; also for empty files. */
  constructor(
    private readonly what: string,
    private readonly sink: {
      write(file: UploadIndex['files'][number], bytes: Buffer): Promise<void>;
      end(file: UploadIndex['files'][number]): Promise<void>;
    },
  ) {}

  async take(bytes: Buffer): Promise<void> {
    let rest = bytes;
    if (!this.index) {
      this.pending.push(bytes);
      this.pendingBytes += bytes.length;
      if (this.pendingBytes < 4) return;
      const all = Buffer.concat(this.pending);
      const end = 4 + all.readUInt32BE(0);
      if (all.length < end) return;
      this.index = indexSchema.parse(JSON.parse(all.subarray(4, end).toString('utf8')));
      rest = all.subarray(end);
      await this.next();
    }
    while (rest.length > 0) {
      const file = this.index.files[this.file];
      if (!file) throw this.wrong('it holds more than its list says');
      const piece = rest.subarray(0, this.left);
      this.hash.update(piece);
      await this.sink.write(file, piece);
      this.left -= piece.length;
      rest = rest.subarray(piece.length);
      if (this.left === 0) await this.ended(file);
    }
  }

  /** @throws PlumblineError when files are missing. */
  finish(): UploadIndex {
    if (!this.index || this.file < this.index.files.length) throw this.wrong('it ends before its last file');
    return this.index;
  }

  private async ended(file: UploadIndex['files'][number]): Promise<void> {
    if (this.hash.digest('hex') !== file.sha256)
      throw this.wrong(`${file.path} in it is not what was written`);
    await this.sink.end(file);
    await this.next();
  }

  /** Goes to the next file; empty ones are whole at once. */
  private async next(): Promise<void> {
    this.file += 1;
    this.hash = createHash('sha256');
    const file = this.index?.files[this.file];
    this.left = file?.bytes ?? 0;
    if (file && file.bytes === 0) await this.ended(file);
  }

  private wrong(why: string): PlumblineError {
    return new PlumblineError('tool-failed', `${this.what} is damaged: ${why}.`, {
      next: 'Do not count on this copy. Send the backup again while it is there.',
    });
  }
}
