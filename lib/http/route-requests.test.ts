import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { newTokenText, tokenHash } from '@/lib/auth/tokens';
import { PlumblineError } from '@/lib/base/errors';
import { created, route } from '@/lib/http/route';
import { insertToken } from '@/lib/store/tokens';
import { callRoute, type TestCall, type TestWeb, testOrigin, testWeb } from '@/lib/testing/web';

let web: TestWeb;

beforeAll(async () => {
  web = await testWeb();
});
afterAll(async () => web.close());

const read = route({ permission: 'read', run: async ({ actor }) => ({ role: actor.role }) });
const echo = route({
  permission: 'read',
  body: z.object({ name: z.string().min(2, 'Too short.') }),
  maxBodyBytes: 1000,
  run: async ({ body }) => created(body),
});

async function errorOf(response: Response) {
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  expect(error.requestId).toBe(response.headers.get('x-request-id'));
  return error;
}

describe('requests from elsewhere', () => {
  const foreign: [string, Record<string, string>][] = [
    ['a foreign Origin', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['Sec-Fetch-Site cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['Sec-Fetch-Site same-site', { 'sec-fetch-site': 'same-site' }],
    ['Sec-Fetch-Site none', { 'sec-fetch-site': 'none' }],
    ['Origin null', { origin: 'null' }],
    ['the same host on another scheme', { origin: 'https://console.test' }],
    ['a host that only begins alike', { origin: 'http://console.test.evil.example' }],
  ];

  it.each(foreign)('are refused: %s', async (_name, headers) => {
    const { cookie } = await web.signedIn('dba');
    const response = await callRoute(echo, { method: 'POST', cookie, body: { name: 'Ann' }, headers });
    expect(response.status).toBe(403);
  });

  it('are refused when they say nothing about themselves', async () => {
    const { cookie } = await web.signedIn('dba');
    const request = new Request(`${testOrigin}/`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: '{"name":"Ann"}',
    });
    expect((await echo(request, { params: Promise.resolve({}) })).status).toBe(403);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
    'are refused as %j: a form can send that',
    async (contentType) => {
      const { cookie } = await web.signedIn('dba');
      const headers = { 'content-type': contentType };
      const response = await callRoute(echo, { method: 'POST', cookie, body: { name: 'Ann' }, headers });
      expect(response.status).toBe(400);
    },
  );

  it('may not read with a foreign Origin either', async () => {
    const { cookie } = await web.signedIn('dba');
    const headers = { origin: 'https://evil.example' };
    expect((await callRoute(read, { cookie, headers })).status).toBe(403);
  });

  it('are welcome with a token: no page can add one', async () => {
    const { userId } = await web.signedIn('dba');
    const token = newTokenText();
    await insertToken(web.db, {
      ownerId: userId,
      name: 't',
      hash: tokenHash(token),
      role: 'dba',
      expiresAt: null,
    });
    expect((await callRoute(echo, { method: 'POST', token, body: { name: 'Ann' } })).status).toBe(201);
  });
});

describe('bodies', () => {
  let cookie: string;
  beforeAll(async () => {
    cookie = (await web.signedIn('viewer')).cookie;
  });
  const post = (body: unknown, more: TestCall = {}) =>
    callRoute(echo, { method: 'POST', cookie, body, ...more });

  it('are parsed, and what is not in the schema is dropped', async () => {
    const response = await post({ name: 'Ann', role: 'dba' });
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ name: 'Ann' });
  });

  it('name each wrong field', async () => {
    const response = await post({ name: 'A' });
    expect(response.status).toBe(422);
    expect((await errorOf(response)).fields).toEqual({ name: 'Too short.' });
  });

  it('must be JSON', async () => {
    for (const text of ['{', 'name=Ann', '{"name":"Ann"', "{'name':'Ann'}"]) {
      expect((await post(text)).status).toBe(400);
    }
    expect((await post('')).status).toBe(422);
  });

  it('may not be larger than the route allows, said or not', async () => {
    expect((await post({ name: 'A'.repeat(2000) })).status).toBe(413);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 100;
        controller.enqueue(new Uint8Array(100).fill(32));
      },
    });
    const init = {
      method: 'POST',
      headers: { cookie, origin: testOrigin, 'content-type': 'application/json' },
      body: endless,
      duplex: 'half',
    };
    const response = await echo(new Request(`${testOrigin}/`, init), { params: Promise.resolve({}) });
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(3000);
  });

  it('may not be nested without end', async () => {
    expect((await post('['.repeat(400) + ']'.repeat(400))).status).toBe(400);
    expect((await post({ name: '[['.repeat(100) })).status).toBe(201);
  });
});

describe('answers', () => {
  it('map errors, and keep causes to themselves', async () => {
    const { cookie } = await web.signedIn('viewer');
    const failing = (error: unknown) => route({ permission: 'read', run: () => Promise.reject(error) });
    const named = await callRoute(
      failing(new PlumblineError('conflict', 'Held.', { next: 'Wait.', detail: 'secret detail' })),
      { cookie },
    );
    expect(named.status).toBe(409);
    const text = await named.text();
    expect(JSON.parse(text).error).toMatchObject({ code: 'conflict', message: 'Held.', next: 'Wait.' });
    expect(text).not.toContain('secret');
    const defect = await callRoute(failing(new Error('select secret from nowhere')), { cookie });
    expect(defect.status).toBe(500);
    expect(await defect.text()).not.toMatch(/secret|nowhere|Error:/);
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    const lost = await callRoute(failing(refused), { cookie });
    expect(lost.status).toBe(502);
    expect(await lost.text()).not.toContain('127.0.0.1');
  });

  it('refuse an Idempotency-Key of the wrong shape and pass on a right one', async () => {
    const { cookie } = await web.signedIn('viewer');
    const keyed = route({ permission: 'read', run: async ({ idempotencyKey }) => ({ idempotencyKey }) });
    const bad = await callRoute(keyed, { cookie, headers: { 'idempotency-key': 'a b' } });
    expect(bad.status).toBe(400);
    const good = await callRoute(keyed, { cookie, headers: { 'idempotency-key': '0123-4567' } });
    expect(await good.json()).toEqual({ idempotencyKey: '0123-4567' });
  });

  it('are refused by params and query that do not fit', async () => {
    const { cookie } = await web.signedIn('viewer');
    const typed = route({
      permission: 'read',
      params: z.object({ id: z.uuid() }),
      query: z.object({ limit: z.coerce.number().max(10) }),
      run: async ({ params, query }) => ({ ...params, ...query }),
    });
    expect((await callRoute(typed, { cookie, params: { id: "1' or 1=1" } })).status).toBe(422);
    const id = '01890000-0000-7000-8000-000000000000';
    expect((await callRoute(typed, { cookie, params: { id }, path: '/?limit=11' })).status).toBe(422);
    const fits = await callRoute(typed, { cookie, params: { id }, path: '/?limit=10' });
    expect(await fits.json()).toEqual({ id, limit: 10 });
  });
});

describe('text that the database cannot hold', () => {
  it.each(['An\0n', 'Ann\ud800'])('is the sender’s mistake, named by its field: %j', async (name) => {
    const { cookie } = await web.signedIn('viewer');
    const response = await callRoute(echo, { method: 'POST', cookie, body: { name } });
    expect(response.status).toBe(422);
    expect((await errorOf(response)).fields).toHaveProperty('name');
  });

  it('is refused in an address and its query as well', async () => {
    const { cookie } = await web.signedIn('viewer');
    const search = route({
      permission: 'read',
      query: z.object({ cursor: z.string() }),
      run: async ({ query }) => query,
    });
    expect((await callRoute(search, { path: '/?cursor=%00', cookie })).status).toBe(422);
    expect((await callRoute(search, { path: '/?cursor=%F0%9F%90%98', cookie })).status).toBe(200);
  });
});
