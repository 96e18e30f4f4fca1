import { encode } from 'next-auth/jwt';
import { hashPassword } from '@/lib/auth/passwords';
import type { RoleName } from '@/lib/engine/roles';
import type { RouteHandler } from '@/lib/http/route';
import type { Store } from '@/lib/store/db';
import { insertSession } from '@/lib/store/sessions';
import { insertUser } from '@/lib/store/users';
import { closeWebStore, webStore } from '@/lib/store/web-store';
import { type ConsoleDatabase, consoleDatabase } from '@/lib/testing/console-database';

export const testSecret = 'a secret of forty characters for tests..';
export const testOrigin = 'http://console.test';

/** The web process inside a test: its routes are called as functions, on a console database of its own. */
export interface TestWeb {
  console: ConsoleDatabase;
  db: Store;
  /** A person with this role; the cookie belongs to a fresh session of theirs. */
  signedIn(
    role: RoleName,
    options?: { password?: string; mustChangePassword?: boolean },
  ): Promise<{ userId: string; email: string; sessionId: string; cookie: string }>;
  close(): Promise<void>;
}

/** The cookie of a session, as next-auth writes it at sign-in. */
export async function sessionCookie(sessionId: string): Promise<string> {
  const value = await encode({ token: { sid: sessionId }, secret: testSecret, maxAge: 3600 });
  return `plumbline.session=${value}`;
}

/** Starts it with the database role that the web process has. */
export async function testWeb(): Promise<TestWeb> {
  const database = await consoleDatabase();
  await closeWebStore();
  process.env.DATABASE_URL = database.webUrl;
  process.env.NEXTAUTH_SECRET = testSecret;
  process.env.NEXTAUTH_URL = testOrigin;
  const db = await webStore();
  let people = 0;
  return {
    console: database,
    db,
    async signedIn(role, options = {}) {
      people += 1;
      const email = `person${people}@example.org`;
      const userId = await insertUser(db, {
        email,
        name: `Person ${people}`,
        role,
        passwordHash: options.password ? await hashPassword(options.password) : 'no password',
        mustChangePassword: options.mustChangePassword ?? false,
      });
      if (userId === null) throw new Error(`${email} is taken`);
      const sessionId = await insertSession(db, userId, 'a test');
      return { userId, email, sessionId, cookie: await sessionCookie(sessionId) };
    },
    async close() {
      await closeWebStore();
      await database.drop();
    },
  };
}

export interface TestCall {
  method?: string;
  path?: string;
  /** A cookie header, or a token. */
  cookie?: string;
  token?: string;
  body?: unknown;
  /** Added last: they may replace what a browser of the console would send. */
  headers?: Record<string, string>;
  params?: Record<string, string>;
}

/** Calls a route as the console's own page (with a cookie) or a program (with a token) would. */
export async function callRoute(handler: RouteHandler, call: TestCall = {}): Promise<Response> {
  const method = call.method ?? 'GET';
  const headers = new Headers();
  if (call.cookie) {
    headers.set('cookie', call.cookie);
    headers.set('sec-fetch-site', 'same-origin');
    if (method !== 'GET') headers.set('origin', testOrigin);
  }
  if (call.token) headers.set('authorization', `Bearer ${call.token}`);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  if (hasBody) headers.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(call.headers ?? {})) headers.set(name, value);
  const text = typeof call.body === 'string' ? call.body : JSON.stringify(call.body ?? {});
  const request = new Request(testOrigin + (call.path ?? '/'), {
    method,
    headers,
    body: hasBody ? text : undefined,
  });
  return handler(request, { params: Promise.resolve(call.params ?? {}) });
}
