import { z } from 'zod';
import type { ConsoleAddress } from '@/lib/cli/config';
import { CliError, exitCodeFor, exitCodes } from '@/lib/cli/exit-codes';

const errorBody = z.object({
  error: z.object({
    message: z.string(),
    next: z.string().nullish(),
    fields: z.record(z.string(), z.string()).nullish(),
  }),
});

const deadlineMs = 30_000;

export interface Client {
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  post<T>(path: string, body: unknown, schema: z.ZodType<T>, idempotencyKey?: string): Promise<T>;
  patch<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T>;
}

/** A path with its query; values that are undefined are left out. */
export function withQuery(
  path: string,
  query: Record<string, string | number | boolean | undefined>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** Calls of the console's API; answers are parsed by the schemas that the console itself uses. */
export function makeClient({ url, token }: ConsoleAddress): Client {
  const call = async <T>(
    method: string,
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    idempotencyKey?: string,
  ): Promise<T> => {
    const headers: Record<string, string> = { accept: 'application/json', authorization: `Bearer ${token}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (idempotencyKey) headers['idempotency-key'] = idempotencyKey;
    let status: number;
    let text: string;
    try {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(deadlineMs),
        // A token is for one console; where else it is sent to would be a surprise.
        redirect: 'error',
      });
      status = response.status;
      text = await response.text();
    } catch (error) {
      const why =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new CliError(
        exitCodes.unreachable,
        `The console at ${url} does not answer (${why}).`,
        'See that it runs and that the address is right.',
      );
    }
    const json = parse(text);
    if (status >= 400) throw failure(status, json, url);
    const parsed = schema.safeParse(json);
    if (parsed.success) return parsed.data;
    throw new CliError(
      exitCodes.failed,
      'The console answered in a form that this command does not know.',
      'Use the command line of the same version as the console.',
    );
  };
  return {
    get: (path, schema) => call('GET', path, undefined, schema),
    post: (path, body, schema, key) => call('POST', path, body, schema, key),
    patch: (path, body, schema) => call('PATCH', path, body, schema),
  };
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failure(status: number, json: unknown, url: string): CliError {
  const parsed = errorBody.safeParse(json);
  if (!parsed.success) {
    return new CliError(
      exitCodes.unreachable,
      `What answers at ${url} is no console (status ${status}).`,
      'See that the address is right.',
    );
  }
  const { message, next, fields } = parsed.data.error;
  return new CliError(exitCodeFor(status), message, next ?? undefined, fields ?? {});
}
