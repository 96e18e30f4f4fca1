import type { ObjectStore } from '@/lib/engine/object-store';
import type { UploadLayout } from '@/lib/engine/upload-layout';
import {
  type DumpHeader,
  damaged,
  headerBytes,
  openPart,
  partsOf,
  readHeader,
  sealedBytes,
} from '@/lib/procedures/encryption';
import type { PlainReader } from '@/lib/procedures/upload-source';

/** Bytes of the whole object as stored. */
export function objectBytes(layout: UploadLayout): number {
  let bytes = 0;
  for (let part = 1; part <= layout.parts; part += 1) bytes += sealedBytes(layout, part);
  return bytes;
}

/** Bytes that have come and are not read yet; joined once, when there are enough. */
class Held {
  bytes = 0;
  private pieces: Buffer[] = [];

  add(piece: Buffer): void {
    this.pieces.push(piece);
    this.bytes += piece.length;
  }

  take(length: number): Buffer {
    const all = Buffer.concat(this.pieces);
    this.pieces = [all.subarray(length)];
    this.bytes = all.length - length;
    return all.subarray(0, length);
  }
}

/**
 * Reads an object from its first byte to its last, authenticates each chunk and hands the plain bytes over. Holds one
 * part in memory.
 *
 * @throws PlumblineError `tool-failed` naming the object and its part when anything is not as it was sent.
 */
export async function readObject(
  store: ObjectStore,
  of: { objectKey: string; backupId: string },
  keyOf: (keyId: string) => Promise<Uint8Array>,
  reader: PlainReader,
  options: { signal: AbortSignal; onBytes: (done: number) => void },
): Promise<DumpHeader> {
  const { objectKey: what } = of;
  const stream = await store.stream(of.objectKey, options.signal);
  const held = new Held();
  let header: { bytes: Buffer; read: DumpHeader; parts: number; key: Uint8Array } | undefined;
  let part = 1;
  let done = 0;
  for await (const chunk of stream) {
    options.signal.throwIfAborted();
    held.add(chunk as Buffer);
    done += (chunk as Buffer).length;
    options.onBytes(done);
    if (!header) {
      if (held.bytes < headerBytes) continue;
      const bytes = Buffer.from(held.take(headerBytes));
      const read = readHeader(bytes, what);
      if (read.backupId !== of.backupId) throw damaged(what, 'it is the copy of another backup');
      header = { bytes, read, parts: partsOf(read), key: await keyOf(read.keyId) };
    }
    const { read, parts, key, bytes } = header;
    for (; part <= parts; part += 1) {
      const length = sealedBytes(read, part) - (part === 1 ? headerBytes : 0);
      if (held.bytes < length) break;
      const place = `Part ${part} of ${parts} of ${what}`;
      const partOf = { part, isLast: part === parts, what: place };
      await reader.take(await openPart(key, bytes, partOf, held.take(length)));
    }
  }
  if (!header || part <= header.parts) throw damaged(what, 'it ends too early');
  if (held.bytes > 0) throw damaged(what, 'something was added at its end');
  return header.read;
}
