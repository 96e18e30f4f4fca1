import { createHash } from 'node:crypto';
import sodium from 'libsodium-wrappers';
import { PlumblineError } from '@/lib/base/errors';
import type { UploadLayout } from '@/lib/engine/upload-layout';

/**
 * An encrypted dump is one object: 64 bytes that say what it is, then parts. Each part is a libsodium secretstream of its
 * own (XChaCha20-Poly1305, doc.libsodium.org/secret-key_cryptography/secretstream): 24 random bytes, then chunks of at
 * most 256 KiB with 17 bytes more each, the last one tagged as final. So a part can be sent again by itself, and every
 * chunk is bound to the object’s first bytes, its part and whether that is the last: nothing is moved, dropped or cut
 * without being seen.
 */
export const headerBytes = 64;
const magic = Buffer.from('PLBKDUMP');
const version = 1;
const chunkBytes = 256 * 1024;
const streamHeaderBytes = 24;
const chunkOverhead = 17;
const mib = 1024 * 1024;
const leastPartBytes = 16 * mib;
const mostPartBytes = 256 * mib;
/** S3 takes 10,000 parts. */
const mostParts = 9_000;

export interface DumpHeader {
  /** 32 hexadecimal digits: which key opens it. */
  keyId: string;
  backupId: string;
  partBytes: number;
  plainBytes: number;
}

const hexOf = (id: string) => id.replaceAll('-', '');

/** How so many plain bytes are cut into parts; undefined when they are too many for one object. */
export function layoutOf(
  plainBytes: number,
  indexSha256: string,
  least = leastPartBytes,
): UploadLayout | undefined {
  const partBytes = Math.max(least, Math.ceil(plainBytes / mostParts / mib) * mib);
  if (partBytes > mostPartBytes) return undefined;
  return { partBytes, plainBytes, parts: partsOf({ partBytes, plainBytes }), indexSha256 };
}

/** How many parts an object has that begins with such a header. */
export function partsOf(layout: Pick<DumpHeader, 'partBytes' | 'plainBytes'>): number {
  return Math.max(1, Math.ceil((layout.plainBytes + headerBytes) / layout.partBytes));
}

/** The plain bytes of a part (1 …), from inclusive to exclusive. The first gives room to the header. */
export function spanOf(layout: Pick<DumpHeader, 'partBytes' | 'plainBytes'>, part: number) {
  const from = part === 1 ? 0 : (part - 1) * layout.partBytes - headerBytes;
  return { from, to: Math.min(layout.plainBytes, part * layout.partBytes - headerBytes) };
}

/** Bytes of a part as stored. */
export function sealedBytes(layout: Pick<DumpHeader, 'partBytes' | 'plainBytes'>, part: number): number {
  const { from, to } = spanOf(layout, part);
  const chunks = Math.max(1, Math.ceil((to - from) / chunkBytes));
  return (part === 1 ? headerBytes : 0) + streamHeaderBytes + (to - from) + chunks * chunkOverhead;
}

/** What an object begins with. Nothing in it is secret; all of it is authenticated by every chunk. */
export function writeHeader(header: DumpHeader): Buffer {
  const buffer = Buffer.alloc(headerBytes);
  magic.copy(buffer, 0);
  buffer.writeUInt8(version, 8);
  Buffer.from(header.keyId, 'hex').copy(buffer, 12);
  Buffer.from(hexOf(header.backupId), 'hex').copy(buffer, 28);
  buffer.writeUInt32BE(header.partBytes, 44);
  buffer.writeBigUInt64BE(BigInt(header.plainBytes), 48);
  return buffer;
}

/** @throws PlumblineError `tool-failed` when it is not the beginning of an encrypted dump that we know. */
export function readHeader(bytes: Buffer, what: string): DumpHeader {
  if (bytes.length < headerBytes || !bytes.subarray(0, 8).equals(magic)) {
    throw damaged(what, 'it does not begin as an encrypted dump does');
  }
  if (bytes.readUInt8(8) !== version) {
    throw damaged(what, `it is of version ${bytes.readUInt8(8)}, and this program knows ${version}`);
  }
  const id = bytes.toString('hex', 28, 44);
  const backupId = id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const partBytes = bytes.readUInt32BE(44);
  const plainBytes = Number(bytes.readBigUInt64BE(48));
  if (partBytes <= headerBytes || partBytes > mostPartBytes || !Number.isSafeInteger(plainBytes)) {
    throw damaged(what, 'its first bytes say impossible sizes');
  }
  return { keyId: bytes.toString('hex', 12, 28), backupId, partBytes, plainBytes };
}

/** What each chunk of a part is bound to beside its place in the stream. */
function bindingOf(header: Buffer, part: number, isLast: boolean): Uint8Array {
  const place = Buffer.alloc(5);
  place.writeUInt32BE(part, 0);
  place.writeUInt8(isLast ? 1 : 0, 4);
  return createHash('sha256').update(header.subarray(0, headerBytes)).update(place).digest();
}

/** Encrypts the plain bytes of a part; the first comes with the header before it. */
export async function sealPart(
  key: Uint8Array,
  header: Buffer,
  of: { part: number; isLast: boolean },
  plain: Buffer,
): Promise<Buffer> {
  await sodium.ready;
  const binding = bindingOf(header, of.part, of.isLast);
  const stream = sodium.crypto_secretstream_xchacha20poly1305_init_push(key);
  const pieces: Uint8Array[] = [...(of.part === 1 ? [header] : []), stream.header];
  for (let at = 0; at === 0 || at < plain.length; at += chunkBytes) {
    const isFinal = at + chunkBytes >= plain.length;
    pieces.push(
      sodium.crypto_secretstream_xchacha20poly1305_push(
        stream.state,
        plain.subarray(at, at + chunkBytes),
        binding,
        isFinal
          ? sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
          : sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE,
      ),
    );
  }
  return Buffer.concat(pieces);
}

/**
 * Decrypts a part as stored, without the header. With `firstChunkOnly` it may be cut after its first chunk.
 *
 * @throws PlumblineError `tool-failed` naming the object, the part and what is in it, when a bit of it is not as it was
 * written or the key is another.
 */
export async function openPart(
  key: Uint8Array,
  header: Buffer,
  of: { part: number; isLast: boolean; what: string; firstChunkOnly?: true },
  sealed: Buffer,
): Promise<Buffer> {
  await sodium.ready;
  const binding = bindingOf(header, of.part, of.isLast);
  const broken = () => damaged(of.what, 'it is not what was sent, or was encrypted with another key');
  if (sealed.length < streamHeaderBytes + chunkOverhead) throw broken();
  const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(
    sealed.subarray(0, streamHeaderBytes),
    key,
  );
  const pieces: Uint8Array[] = [];
  const step = chunkBytes + chunkOverhead;
  for (let at = streamHeaderBytes; at < sealed.length; at += step) {
    const pulled = sodium.crypto_secretstream_xchacha20poly1305_pull(
      state,
      sealed.subarray(at, at + step),
      binding,
    );
    if (!pulled) throw broken();
    pieces.push(pulled.message);
    if (of.firstChunkOnly) break;
    const isFinal = pulled.tag === sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    if (isFinal !== at + step >= sealed.length) throw broken();
  }
  return Buffer.concat(pieces);
}

/** As many bytes of an object as its header and first chunk take at most. */
export const firstChunkEnd = headerBytes + streamHeaderBytes + chunkBytes + chunkOverhead;

/** The first chunk of an object’s first bytes: proves that a key opens it. @throws as `openPart` does. */
export async function openFirstChunk(key: Uint8Array, beginning: Buffer, what: string): Promise<DumpHeader> {
  const header = readHeader(beginning, what);
  const { to } = spanOf(header, 1);
  const end = headerBytes + streamHeaderBytes + Math.min(chunkBytes, to) + chunkOverhead;
  const of = { part: 1, isLast: partsOf(header) === 1, what, firstChunkOnly: true } as const;
  await openPart(key, beginning, of, beginning.subarray(headerBytes, end));
  return header;
}

export function damaged(what: string, why: string): PlumblineError {
  return new PlumblineError('tool-failed', `${what} cannot be trusted: ${why}.`, {
    next: 'Do not count on this copy. Send the backup again while it is there, and find out who changed the object.',
  });
}
