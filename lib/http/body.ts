import { PlumblineError } from '@/lib/base/errors';

const deepest = 40;

function refuseMediaType(found: string | null): never {
  throw new PlumblineError('bad-request', 'The body must be JSON.', {
    next: 'Send it with the header Content-Type: application/json.',
    detail: `content-type ${found ?? 'missing'}`,
  });
}

/** True for `application/json` with or without parameters. */
function isJson(contentType: string | null): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/json';
}

/** A form of another site can send text/plain or form data, but never this type without asking first. */
export function assertJsonType(request: Request): void {
  const contentType = request.headers.get('content-type');
  if (!isJson(contentType)) refuseMediaType(contentType);
}

/**
 * The bytes of a request's body, read no further than allowed.
 *
 * @throws PlumblineError `too-large`.
 */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = (): never => {
    throw new PlumblineError('too-large', `The body is larger than ${maxBytes} bytes.`, {
      next: 'Send less in one request.',
    });
  };
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) tooLarge();
  if (!request.body) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      tooLarge();
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks);
}

// Counts brackets in the text before it is parsed: JSON.parse itself recurses.
function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') most = Math.max(most, ++depth);
    else if (char === '}' || char === ']') depth -= 1;
  }
  return most;
}

/**
 * The JSON of a request's body; an empty body is `{}`.
 *
 * @throws PlumblineError `bad-request` (no JSON, nested deeper than 40), `too-large`.
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  const text = new TextDecoder().decode(await readBytes(request, maxBytes));
  if (text.trim() === '') return {};
  if (depthOf(text) > deepest) {
    throw new PlumblineError('bad-request', `The body is nested deeper than ${deepest} levels.`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new PlumblineError('bad-request', 'The body is not JSON.', {
      next: 'Check quotes and commas near the place that a JSON checker names.',
      cause: error,
    });
  }
}
