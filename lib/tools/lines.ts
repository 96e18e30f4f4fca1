import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';

/** Longest line handed on; a tool that prints without an end of line is cut here, not buffered without end. */
const maxLineLength = 16_384;

/** Cuts a stream of bytes into lines without their end. Call `end()` for the last, unfinished one. */
export function lineSplitter(onLine: (line: string) => void): { write(chunk: Buffer): void; end(): void } {
  const decoder = new StringDecoder('utf8');
  let pending = '';
  function take(text: string) {
    const lines = (pending + text).split(/\r?\n/);
    pending = lines.pop() ?? '';
    for (const line of lines) onLine(line.slice(0, maxLineLength));
    if (pending.length > maxLineLength) {
      onLine(pending.slice(0, maxLineLength));
      pending = '';
    }
  }
  return {
    write: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (pending) onLine(pending);
      pending = '';
    },
  };
}

/** Keeps the last `limit` characters of what is added: enough to tell why a tool failed. */
export function tailKeeper(limit: number): { add(text: string): void; text(): string } {
  let kept = '';
  return {
    add: (text) => {
      kept += text;
      if (kept.length > limit * 2) kept = kept.slice(-limit);
    },
    text: () => kept.slice(-limit),
  };
}

/** Hands on a stream's lines and keeps its tail. */
export function readLines(
  stream: Readable,
  tail: ReturnType<typeof tailKeeper>,
  onLine?: (line: string) => void,
) {
  const lines = lineSplitter((line) => {
    tail.add(`${line}\n`);
    onLine?.(line);
  });
  stream.on('data', lines.write);
  stream.on('end', lines.end);
}

/** A tool may end before it has read all its input; that is told by its exit code, not by a broken pipe. */
export async function feed(stdin: Writable, input: string | Buffer | Readable): Promise<void> {
  const brokenPipe = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  };
  if (typeof input === 'string' || Buffer.isBuffer(input)) {
    stdin.on('error', () => undefined);
    stdin.end(input);
  } else {
    await pipeline(input, stdin).catch(brokenPipe);
  }
}
