import type { z } from 'zod';
import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { authenticate } from '@/lib/auth/authenticate';
import { PlumblineError } from '@/lib/base/errors';
import { newId } from '@/lib/base/ids';
import { log } from '@/lib/base/server/log';
import type { Permission } from '@/lib/engine/roles';
import { assertJsonType, readJson } from '@/lib/http/body';
import { errorResponse } from '@/lib/http/errors';
import { assertSameOrigin, isMutating } from '@/lib/http/origin';
import type { Store } from '@/lib/store/db';
import { webEnv, webStore } from '@/lib/store/web-store';

const defaultMaxBodyBytes = 1024 * 1024;
const idempotencyKeyPattern = /^[\w.:-]{8,200}$/;

/** What a route's `run` gets: the actor is known and allowed, everything is parsed. */
export interface RouteContext<P, Q, B> {
  actor: Actor;
  db: Store;
  params: P;
  query: Q;
  body: B;
  request: Request;
  requestId: string;
  /** The header Idempotency-Key, checked for its shape; undefined when there is none. */
  idempotencyKey: string | undefined;
}

export interface RouteOptions<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  /** The one permission that this route and method needs. */
  permission: Permission;
  params?: P;
  query?: Q;
  body?: B;
  /** 1 MiB unless said. */
  maxBodyBytes?: number;
  /** False for requests that no person makes (event streams): they do not keep a session from going idle. */
  keepsSessionAlive?: boolean;
  /** A value becomes 200 with JSON, nothing becomes 204, a Response stays as it is. */
  run(context: RouteContext<z.output<P>, z.output<Q>, z.output<B>>): Promise<unknown>;
}

export type RouteHandler = (
  request: Request,
  context: { params: Promise<Record<string, string | string[] | undefined>> },
) => Promise<Response>;

/** 201 with what was made. */
export function created(value: unknown): Response {
  return Response.json(value, { status: 201 });
}

/** Where a value holds text that PostgreSQL stores neither as text nor as JSON: a NUL, half of a surrogate pair. */
function unstorable(value: unknown, at: string): string | undefined {
  if (typeof value === 'string') return value.includes('\0') || /\p{Cs}/u.test(value) ? at : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, each] of Object.entries(value)) {
    const found = unstorable(name, at) ?? unstorable(each, at === '' ? name : `${at}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parse<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const place = unstorable(value, '');
  if (place !== undefined) {
    const message = 'It holds a character that no text can have: NUL, or half of a pair.';
    throw new PlumblineError('bad-input', `The ${what} is not valid: ${place || what}: ${message}`, {
      next: 'Take it out and send it again.',
      fields: { [place || what]: message },
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields: Record<string, string> = {};
  for (const issue of parsed.error.issues) fields[issue.path.join('.') || what] ??= issue.message;
  const [name, message] = Object.entries(fields)[0] ?? [what, 'is not valid'];
  throw new PlumblineError('bad-input', `The ${what} is not valid: ${name}: ${message.replace(/\.$/, '')}.`, {
    next: 'Correct the fields that are named and send it again.',
    fields,
  });
}

function queryOf(request: Request): Record<string, string | string[]> {
  const all: Record<string, string | string[]> = {};
  for (const name of new Set(new URL(request.url).searchParams.keys())) {
    const values = new URL(request.url).searchParams.getAll(name);
    all[name] = values.length === 1 ? (values[0] as string) : values;
  }
  return all;
}

function idempotencyKeyOf(request: Request): string | undefined {
  const key = request.headers.get('idempotency-key');
  if (key === null) return undefined;
  if (idempotencyKeyPattern.test(key)) return key;
  throw new PlumblineError('bad-request', 'The header Idempotency-Key is not of the right shape.', {
    next: 'Send 8 to 200 letters, digits or any of . : _ -, a UUID for example.',
  });
}

function asResponse(value: unknown, requestId: string): Response {
  const response =
    value instanceof Response
      ? value
      : value === undefined
        ? new Response(null, { status: 204 })
        : Response.json(value);
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
  response.headers.set('x-request-id', requestId);
  return response;
}

/**
 * The only way to make an API route. In this order: where the request comes from, who makes it (session or token, read
 * from rows), whether they may, the parsed params, query and body, the call, JSON; errors mapped to
 * `{error: {code, message, next, fields?, requestId}}`.
 */
export function route<
  P extends z.ZodType = z.ZodUnknown,
  Q extends z.ZodType = z.ZodUnknown,
  B extends z.ZodType = z.ZodUnknown,
>(options: RouteOptions<P, Q, B>): RouteHandler {
  return async (request, { params }) => {
    const requestId = newId();
    try {
      const env = webEnv();
      const db = await webStore();
      const actor = await authenticate(db, request, {
        secret: env.NEXTAUTH_SECRET,
        consoleUrl: env.NEXTAUTH_URL,
        touch: options.keepsSessionAlive,
      });
      // A token travels in a header that no foreign page can make a browser add.
      if (actor.kind !== 'token') assertSameOrigin(request, env.NEXTAUTH_URL);
      assertAllowed(actor, options.permission);
      const takesBody = options.body !== undefined && isMutating(request.method);
      const mightBeForm = actor.kind !== 'token' && isMutating(request.method) && request.method !== 'DELETE';
      if (takesBody || mightBeForm) assertJsonType(request);
      const limit = options.maxBodyBytes ?? defaultMaxBodyBytes;
      const context = {
        actor,
        db,
        params: options.params ? parse(options.params, await params, 'address') : undefined,
        query: options.query ? parse(options.query, queryOf(request), 'query') : undefined,
        body:
          options.body && takesBody ? parse(options.body, await readJson(request, limit), 'body') : undefined,
        request,
        requestId,
        idempotencyKey: idempotencyKeyOf(request),
      } as RouteContext<z.output<P>, z.output<Q>, z.output<B>>;
      return asResponse(await options.run(context), requestId);
    } catch (error) {
      return errorResponse(error, requestId, log);
    }
  };
}
