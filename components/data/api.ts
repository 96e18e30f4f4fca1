import { z } from 'zod';

const errorBody = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    next: z.string().nullish(),
    fields: z.record(z.string(), z.string()).nullish(),
    requestId: z.string().nullish(),
  }),
});

/** An answer of the API that is not a success, or no answer at all (code `offline`). */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly next: string | undefined;
  readonly fields: Record<string, string>;
  readonly requestId: string | undefined;

  constructor(
    status: number,
    body: {
      code: string;
      message: string;
      next?: string | null;
      fields?: Record<string, string> | null;
      requestId?: string | null;
    },
    cause?: unknown,
  ) {
    super(body.message, { cause });
    this.name = 'ApiError';
    this.status = status;
    this.code = body.code;
    this.next = body.next ?? undefined;
    this.fields = body.fields ?? {};
    this.requestId = body.requestId ?? undefined;
  }
}

export interface CallOptions {
  signal?: AbortSignal;
  /** Repeating a call with the same key does not repeat the act. */
  idempotencyKey?: string;
}

/** Pages wait this long for our own server before they say so. */
const deadlineMs = 30_000;

async function call<T>(
  method: string,
  path: string,
  body: unknown,
  schema: z.ZodType<T>,
  options: CallOptions,
): Promise<T> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey;
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      credentials: 'same-origin',
      cache: 'no-store',
    });
    text = await response.text();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(
      0,
      {
        code: 'offline',
        message: deadline.aborted ? 'The console did not answer in 30 s.' : 'The console cannot be reached.',
        next: 'Check that the console runs and that you are on its network; the page tries again by itself.',
      },
      error,
    );
  }
  const json = parseJson(text);
  if (!response.ok) throw failure(response.status, json);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ApiError(
    response.status,
    {
      code: 'unexpected-answer',
      message: 'The console answered in a form that this page does not know.',
      next: 'Reload the page: the console was probably updated.',
    },
    parsed.error,
  );
}

function parseJson(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failure(status: number, json: unknown): ApiError {
  const parsed = errorBody.safeParse(json);
  const error = parsed.success
    ? new ApiError(status, parsed.data.error)
    : new ApiError(status, {
        code: 'internal',
        message: `The console answered ${status}.`,
        next: 'Try again; the console log has more.',
      });
  if (status === 401 && typeof window !== 'undefined' && !window.location.pathname.startsWith('/signin')) {
    const here = window.location.pathname + window.location.search;
    window.location.assign(`/signin?callbackUrl=${encodeURIComponent(here)}`);
  }
  return error;
}

/**
 * Calls of the console's own API. Every answer is parsed by the schema of lib/contract; what does not succeed
 * throws ApiError with a public sentence, the next action, and one sentence per wrong field.
 */
export const api = {
  get: <T>(path: string, schema: z.ZodType<T>, options: CallOptions = {}) =>
    call('GET', path, undefined, schema, options),
  post: <T>(path: string, body: unknown, schema: z.ZodType<T>, options: CallOptions = {}) =>
    call('POST', path, body ?? {}, schema, options),
  patch: <T>(path: string, body: unknown, schema: z.ZodType<T>, options: CallOptions = {}) =>
    call('PATCH', path, body ?? {}, schema, options),
  put: <T>(path: string, body: unknown, schema: z.ZodType<T>, options: CallOptions = {}) =>
    call('PUT', path, body ?? {}, schema, options),
  delete: <T>(path: string, schema: z.ZodType<T>, options: CallOptions & { body?: unknown } = {}) =>
    call('DELETE', path, options.body ?? {}, schema, options),
};

/** A path with its query string; empty values are left out. */
export function withQuery(
  path: string,
  query: Record<string, string | number | boolean | null | undefined>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}
