import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import path from 'node:path';
import { expect, test } from '@/e2e/fixtures/test';

/** What the build says it serves: every page and every route, by its path pattern. */
const build = path.resolve(import.meta.dirname, '..', process.env.PLUMBLINE_DIST_DIR ?? '.next-test');
const manifest = JSON.parse(readFileSync(`${build}/app-path-routes-manifest.json`, 'utf8')) as Record<
  string,
  string
>;
const entries = Object.entries(manifest).map(([file, pattern]) => ({
  pattern,
  isRoute: file.endsWith('/route'),
}));
const routes = entries.filter((entry) => entry.isRoute).map((entry) => entry.pattern);
const pages = entries.filter((entry) => !entry.isRoute).map((entry) => entry.pattern);

const openRoutes = ['/api/auth/[...nextauth]', '/api/health', '/icon.svg', '/favicon.ico'];
const openPages = ['/signin', '/_not-found', '/_global-error'];
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

type Headers = Record<string, string>;

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** One raw request: no cookie jar, no redirects followed, the path exactly as given. */
function ask(
  address: string,
  pathname: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(address);
  const method = options.method ?? 'GET';
  const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(method);
  const headers = { ...options.headers, ...(hasBody ? { 'content-length': '2' } : {}) };
  return new Promise((resolve, reject) => {
    const asked = httpRequest(
      {
        hostname,
        port,
        path: pathname,
        method,
        headers,
        timeout: 15_000,
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    asked.on('timeout', () => asked.destroy(new Error(`no answer to ${pathname}`)));
    asked.on('error', reject);
    asked.end(hasBody ? '{}' : undefined);
  });
}

function filled(pattern: string): string {
  return pattern
    .replace(/\[\.\.\.\w+\]/g, 'anything')
    .replace(/\[\w+\]/g, '01890000-0000-7000-8000-000000000000');
}

const json = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
const subrequest = ['proxy', 'middleware', 'src/middleware', 'pages/_middleware'].map((name) => ({
  'x-middleware-subrequest': Array(5).fill(name).join(':'),
}));

// Some thousand requests, and more with each route.
test.setTimeout(180_000);

test('the build has all its routes', () => {
  expect(routes.length).toBeGreaterThan(15);
  expect(pages.length).toBeGreaterThan(5);
  for (const open of openRoutes) expect(routes).toContain(open);
});

test('no route answers any method without a session', async ({ console }) => {
  const wrong: string[] = [];
  for (const pattern of routes.filter((route) => !openRoutes.includes(route))) {
    const statuses: number[] = [];
    const kinds: Headers[] = [json, ...subrequest.map((each) => ({ ...json, ...each }))];
    const asked = methods.flatMap((method) =>
      kinds.map(async (headers) => {
        const { status, body } = await ask(console.address, filled(pattern), { method, headers });
        statuses.push(status);
        // 405: the route has no such method. OPTIONS only lists methods.
        const harmless = status === 405 || (method === 'OPTIONS' && status === 204 && body === '');
        if (status !== 401 && !harmless) wrong.push(`${method} ${pattern}: ${status} ${body.slice(0, 80)}`);
      }),
    );
    await Promise.all(asked);
    if (!statuses.includes(401)) wrong.push(`${pattern}: no method asks for a session`);
  }
  expect(wrong).toEqual([]);
});

test('no other way of writing an address opens a route', async ({ console }) => {
  const id = '01890000-0000-7000-8000-000000000000';
  const ways = (route: string) => [
    `${route}.rsc`,
    `${route}?_rsc=1abcd`,
    `${route}.segments/_tree.segment.rsc`,
    `${route}.segments/_full.segment.rsc`,
    `${route}.json`,
    `${route}/`,
    `/${route}`,
    route.replace('/api/', '/api//'),
    route.replace('/api/', '/API/'),
    route.replace('/v1', '/%76%31'),
    route.replace('/v1/', '/v1%2f'),
    route.replace('/api', '/_next/../api'),
    route.replace('/api', '/signin/../api'),
    `${route}?__nextLocale=en&__nextDefaultLocale=en`,
    `${route}?nxtPid=${id}&__nextDataReq=1`,
    `/_next/data/build${route}.json`,
  ];
  const prefetching: Headers[] = [{}, { rsc: '1', 'next-router-prefetch': '1' }, { 'next-url': '/signin' }];
  const wrong: string[] = [];
  for (const route of routes.filter((each) => !openRoutes.includes(each)).map(filled)) {
    const asked = ways(route).flatMap((way) =>
      prefetching.map(async (headers) => {
        const { status, headers: sent } = await ask(console.address, way, { headers });
        const away = status >= 300 && status < 400 && !sent.location?.startsWith('//');
        if (!away && ![400, 401, 404, 405].includes(status)) wrong.push(`${way}: ${status}`);
      }),
    );
    await Promise.all(asked);
  }
  expect(wrong).toEqual([]);
});

test('no page is drawn without a session, whatever its address looks like', async ({ console }) => {
  const strangers: Headers[] = [
    {},
    { rsc: '1' },
    { cookie: 'plumbline.session=forged' },
    { cookie: 'plumbline.session=forged', rsc: '1' },
    ...subrequest,
  ];
  const wrong: string[] = [];
  for (const page of pages.filter((each) => !openPages.includes(each)).map(filled)) {
    for (const way of [
      page,
      `${page}?_rsc=1abcd`,
      `${page}.rsc`,
      `${page}.segments/_tree.segment.rsc`,
      `/${page}`,
    ]) {
      for (const headers of strangers) {
        const { status, headers: sent, body } = await ask(console.address, way, { headers });
        const away = status >= 300 && status < 400;
        const toSignIn = /^(https?:\/\/[^/]+)?\/(signin|account\/password)?/.test(sent.location ?? '');
        // A forged cookie passes the proxy; the layout then answers with a redirect inside the page's own format.
        const inside = status === 200 && body.includes('NEXT_REDIRECT') && body.includes('/signin');
        // The router's own tree of an address: names of segments, no element that is drawn.
        const tree =
          status === 200 && sent['content-type']?.includes('x-component') && !body.includes('["$",');
        if (!(away && toSignIn) && !inside && !tree && ![400, 404].includes(status)) {
          wrong.push(`${way} ${JSON.stringify(headers)}: ${status} ${sent.location ?? body.slice(0, 200)}`);
        }
        if (body.includes('Dora Dba')) wrong.push(`${way}: names a person`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

test('POST to a page runs nothing', async ({ console }) => {
  for (const page of ['/', '/signin', '/admin/people']) {
    const headers = { 'next-action': '0'.repeat(42), 'content-type': 'text/plain' };
    const { status } = await ask(console.address, page, { method: 'POST', headers });
    expect(`${page} ${status}`).toMatch(/ (3\d\d|40\d)$/);
  }
});

test('what is open says nothing about the console', async ({ console }) => {
  const health = await ask(console.address, '/api/health');
  expect(JSON.parse(health.body)).toEqual({ ok: true, database: 'up', schema: 'ok' });
  const session = await ask(console.address, '/api/auth/session');
  expect(session.body).toBe('{}');
  const foreign = { 'x-forwarded-host': 'evil.example', host: 'evil.example' };
  const poisoned = await ask(console.address, '/clusters', { headers: foreign });
  expect(poisoned.headers['cache-control']).toContain('no-store');
});
