import type { Readable } from 'node:stream';
import type { SentPart } from '@/lib/engine/upload-layout';

/** An S3 bucket below a prefix, opened with its keys. Object keys are relative to the prefix. */
export interface ObjectStore {
  /** For sentences: `name (bucket at endpoint)`. */
  readonly shownName: string;
  put(key: string, body: Buffer, signal: AbortSignal): Promise<void>;
  /** Undefined when there is no such object. */
  head(key: string, signal: AbortSignal): Promise<{ bytes: number } | undefined>;
  /** The bytes of a range, both ends included. */
  range(key: string, from: number, to: number, signal: AbortSignal): Promise<Buffer>;
  /** The whole object as it comes. */
  stream(key: string, signal: AbortSignal): Promise<Readable>;
  /** No error when it is not there. */
  remove(key: string, signal: AbortSignal): Promise<void>;
  beginMultipart(key: string, signal: AbortSignal): Promise<string>;
  putPart(
    key: string,
    multipartId: string,
    number: number,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<SentPart>;
  complete(key: string, multipartId: string, parts: readonly SentPart[], signal: AbortSignal): Promise<void>;
  /** No error when there is no such upload. */
  abandon(key: string, multipartId: string, signal: AbortSignal): Promise<void>;
}
