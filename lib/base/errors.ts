/** Codes that the API may answer with, each with the HTTP status it maps to. */
export const errorStatus = {
  'bad-input': 422,
  'bad-request': 400,
  'not-signed-in': 401,
  'not-allowed': 403,
  'not-found': 404,
  conflict: 409,
  'too-many': 429,
  'too-large': 413,
  'not-supported': 400,
  unreachable: 502,
  'timed-out': 504,
  'tool-failed': 502,
  cancelled: 409,
  'lease-lost': 409,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof errorStatus;

export interface ErrorOptions {
  /** What the reader should do next, as a sentence. */
  next?: string;
  /** One sentence per input field that is wrong. */
  fields?: Record<string, string>;
  /** For the log only: never sent to a browser. */
  detail?: string;
  cause?: unknown;
}

/**
 * An error that people may read: `message` and `next` are public sentences, `detail` and `cause` are for the log.
 * Everything else that is thrown is a defect and becomes `internal` at the edge.
 */
export class PlumblineError extends Error {
  readonly code: ErrorCode;
  readonly next: string | undefined;
  readonly fields: Record<string, string> | undefined;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'PlumblineError';
    this.code = code;
    this.next = options.next;
    this.fields = options.fields;
    this.detail = options.detail;
  }

  get status(): number {
    return errorStatus[this.code];
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Reports a broken promise inside our own code; never for bad input. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}
