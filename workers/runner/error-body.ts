import { PlumblineError } from '@/lib/base/errors';
import type { ErrorBody } from '@/lib/store/schema';
import { redact } from '@/workers/runner/run-log-writer';

/**
 * What is stored and shown of an error. A PlumblineError is public by its nature; of others the message is kept too,
 * since it comes from a job's own code or its server, with secrets taken out.
 */
export function errorBody(error: unknown, secrets: Iterable<string> = []): ErrorBody {
  const known = error instanceof PlumblineError;
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: known ? error.code : 'internal',
    message: redact(message, secrets).replaceAll('\0', '').slice(0, 2_000),
    ...(known && error.next !== undefined && { next: error.next }),
    ...(known && error.fields !== undefined && { fields: error.fields }),
  };
}
