import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTokenText } from '@/lib/auth/tokens';
import type { RouteHandler } from '@/lib/http/route';
import { callRoute, sessionCookie, type TestCall, type TestWeb, testWeb } from '@/lib/testing/web';

/** What answers without a session, on purpose: next-auth itself, and whether the console is up. */
const open = new Set(['app/api/auth/[...nextauth]/route.ts', 'app/api/health/route.ts']);
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const root = path.resolve(import.meta.dirname, '../..');

const files = readdirSync(path.join(root, 'app'), { recursive: true, encoding: 'utf8' })
  .map((name) => `app/${name.replaceAll(path.sep, '/')}`)
  .filter((name) => /\/route\.(ts|tsx|js|mjs)$/.test(name))
  .sort();

let web: TestWeb;
let stale: string;

beforeAll(async () => {
  web = await testWeb();
  stale = await sessionCookie('01890000-0000-7000-8000-000000000000');
});
afterAll(async () => web.close());

const strangers = (): [string, TestCall][] => [
  ['nothing', {}],
  ['x-middleware-subrequest', { headers: { 'x-middleware-subrequest': 'proxy:proxy:proxy:proxy:proxy' } }],
  ['the headers of our own proxy', { headers: { 'x-nonce': 'a', 'x-plumbline-path': '/account/password' } }],
  ['a session that is not there', { cookie: stale }],
  ['a token that nobody has', { token: newTokenText() }],
];

describe('every route', () => {
  it('is known to this test', () => {
    expect(files.length).toBeGreaterThan(8);
    for (const file of open) expect(files).toContain(file);
  });

  it.each(files.filter((file) => !open.has(file)))('%s answers nobody without a session', async (file) => {
    const loaded = (await import(pathToFileURL(path.join(root, file)).href)) as Record<string, unknown>;
    const handlers = methods.filter((method) => typeof loaded[method] === 'function');
    expect(handlers).not.toEqual([]);
    for (const method of handlers) {
      for (const [name, call] of strangers()) {
        const response = await callRoute(loaded[method] as RouteHandler, { ...call, method });
        expect(`${method} with ${name}: ${response.status}`).toBe(`${method} with ${name}: 401`);
        expect(await response.text()).toContain('not-signed-in');
      }
    }
  });

  it('is a handler per method only: no page or route hides a server action', () => {
    const acting = readdirSync(path.join(root, 'app'), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|tsx)$/.test(name))
      .filter((name) => /^\s*['"]use server['"]/m.test(readFileSync(path.join(root, 'app', name), 'utf8')));
    expect(acting).toEqual([]);
  });
});
