import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf, PlumblineError } from '@/lib/base/errors';

export interface DecodedFile {
  name: string;
  /** As stored. */
  bytes: number;
  sha256: string;
  decodedBytes: number;
  /** Rows of COPY text format; null when the file holds something else. */
  rows: number | null;
}

const lineEnd = 10;
/** What pg_dump writes after the last row of a table (dumpTableData_copy in pg_dump.c). */
const endOfRows = '\\.\n\n\n';

/**
 * Counts rows in COPY's text format: one line each, since line ends inside values are written as `\n`
 * (PostgreSQL documentation, COPY, text format). `end()` gives undefined when the data does not end as pg_dump's.
 */
export function rowCounter(): { add(chunk: Buffer): void; end(): number | undefined } {
  let lines = 0;
  let tail = Buffer.alloc(0);
  return {
    add: (chunk) => {
      for (let at = chunk.indexOf(lineEnd); at !== -1; at = chunk.indexOf(lineEnd, at + 1)) lines += 1;
      // A line end before the mark as well: `x\.` is a value, not the end.
      const needed = endOfRows.length + 1;
      tail = Buffer.concat([tail, chunk.subarray(-needed)]).subarray(-needed);
    },
    end: () => {
      const text = tail.toString('latin1');
      const isEnd = text === endOfRows || (text.endsWith(endOfRows) && text.startsWith('\n'));
      return isEnd ? lines - 3 : undefined;
    },
  };
}

/** Reads a file of a dump to its end: its checksum as stored, and all of it decoded. */
async function decodeFile(
  file: string,
  isTableData: boolean,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<Omit<DecodedFile, 'name'>> {
  const hash = createHash('sha256');
  const counter = isTableData ? rowCounter() : undefined;
  let bytes = 0;
  let decodedBytes = 0;
  const asStored = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  const decoded = new Writable({
    write(chunk: Buffer, _encoding, done) {
      decodedBytes += chunk.length;
      counter?.add(chunk);
      done();
    },
  });
  const source = createReadStream(file, { highWaterMark: 256 * 1024 });
  if (file.endsWith('.gz')) {
    await pipeline(source, asStored, createGunzip({ chunkSize: 256 * 1024 }), decoded, { signal });
  } else {
    await pipeline(source, asStored, decoded, { signal });
  }
  const rows = counter?.end();
  if (counter && rows === undefined) throw new Error('its rows do not end as pg_dump ends them');
  return { bytes, sha256: hash.digest('hex'), decodedBytes, rows: rows ?? null };
}

/**
 * Decodes every file of a directory dump, two at a time. `dataFiles` are the names (without `.gz`) that hold rows;
 * each must be there.
 * @throws PlumblineError `tool-failed` that names the damaged or missing file, `cancelled`.
 */
export async function decodeDump(
  directory: string,
  dataFiles: ReadonlySet<string>,
  signal: AbortSignal,
  onProgress: (doneBytes: number, totalBytes: number) => void,
): Promise<DecodedFile[]> {
  const names = (await readdir(directory)).sort();
  const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(directory, name))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const bare = new Set(names.map((name) => name.replace(/\.gz$/, '')));
  const missing = [...dataFiles].find((name) => !bare.has(name));
  if (missing) throw damaged(missing, 'it is missing');
  let done = 0;
  const results: DecodedFile[] = [];
  const queue = names.values();
  const decodeNext = async () => {
    for (const name of queue) {
      const isTableData = dataFiles.has(name.replace(/\.gz$/, ''));
      try {
        const decoded = await decodeFile(path.join(directory, name), isTableData, signal, (bytes) => {
          done += bytes;
          onProgress(done, total);
        });
        results.push({ name, ...decoded });
      } catch (error) {
        if (signal.aborted) throw new PlumblineError('cancelled', 'The check of the dump was cancelled.');
        throw damaged(name, messageOf(error), error);
      }
    }
  };
  await Promise.all([decodeNext(), decodeNext()]);
  return results.sort((left, right) => left.name.localeCompare(right.name));
}

function damaged(name: string, why: string, cause?: unknown): PlumblineError {
  return new PlumblineError('tool-failed', `File ${name} of the dump cannot be decoded: ${why}.`, {
    next: 'The disk or the transfer damaged it; take the backup again.',
    cause,
  });
}

/** The SHA-256 of a file as stored, and its size. */
export async function hashFile(
  file: string,
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done();
    },
  });
  await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), sink, { signal });
  return { bytes, sha256: hash.digest('hex') };
}
