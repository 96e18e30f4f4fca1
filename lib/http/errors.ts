import { type ErrorCode, PlumblineError } from '@/lib/base/errors';
import type { Log } from '@/lib/base/server/log';

/** The body of every answer that is not a success. */
export interface ErrorAnswer {
  error: {
    code: ErrorCode;
    message: string;
    next?: string;
    fields?: Record<string, string>;
    requestId: string;
  };
}

// Refused, reset, name unknown; and PostgreSQL's own: shutting down, starting up, too many connections.
const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08006',
]);

function isLostDatabase(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as Error & { code?: unknown }).code;
  if (typeof code === 'string' && connectionCodes.has(code)) return true;
  return /connection terminated|timeout exceeded when trying to connect/i.test(error.message);
}

/** What was thrown, as something that people may read; the rest is a defect whose cause stays in the log. */
export function publicError(error: unknown): PlumblineError {
  if (error instanceof PlumblineError) return error;
  if (isLostDatabase(error)) {
    return new PlumblineError('unreachable', 'The console’s own database does not answer.', {
      next: 'Wait a moment and try again; if it stays so, look whether its server runs.',
      cause: error,
    });
  }
  return new PlumblineError('internal', 'The console made a mistake.', {
    next: 'Try again; if it happens again, search the log of the web process for the request id.',
    cause: error,
  });
}

/** The answer to a failed request; details and causes go to the log, never to the browser. */
export function errorResponse(error: unknown, requestId: string, log: Log): Response {
  const shown = publicError(error);
  const line = { err: error, detail: shown.detail, code: shown.code, requestId };
  if (shown.status >= 500) log.error(line, shown.message);
  // Who has no session yet is no news; who may not do something is.
  else log[shown.status === 401 ? 'debug' : 'info']({ code: shown.code, requestId }, shown.message);
  const answer: ErrorAnswer = {
    error: {
      code: shown.code,
      message: shown.message,
      ...(shown.next ? { next: shown.next } : {}),
      ...(shown.fields ? { fields: shown.fields } : {}),
      requestId,
    },
  };
  const headers = new Headers({ 'cache-control': 'no-store', 'x-request-id': requestId });
  if (shown.code === 'not-signed-in') headers.set('www-authenticate', 'Bearer');
  return Response.json(answer, { status: shown.status, headers });
}
