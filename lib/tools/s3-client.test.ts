import { createServer, type RequestListener } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { openS3 } from '@/lib/tools/s3-client';

const signal = new AbortController().signal;
const secretKey = 'a-secret-of-ours';
let close: () => void = () => {};
afterEach(() => close());

/** A server that answers as told, and a client of it. */
async function answering(listener: RequestListener, uriStyle: 'host' | 'path' = 'path') {
  const server = createServer(listener);
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  close = () => server.close();
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return openS3({
    ...{ name: 'off-site', endpoint: `http://127.0.0.1:${port}`, region: 'eu-1', bucket: 'b', prefix: 'p' },
    ...{ uriStyle, verifyTls: true, tlsCa: null, accessKey: 'AK', secretKey },
    trustedHosts: ['127.0.0.1'],
  });
}

test('a busy storage is asked again and its last word is a sentence; the secret is never on the wire', async () => {
  const seen: string[] = [];
  let busy = 2;
  const store = await answering((request, response) => {
    seen.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    request.resume();
    busy -= 1;
    if (busy < 0) response.end();
    else response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
  });
  await store.put('key', Buffer.from('x'), signal);
  expect(seen).toHaveLength(3);
  expect(seen[0]).toMatch(/^PUT \/b\/p\/key .*AWS4-HMAC-SHA256 Credential=AK/);
  expect(seen.join()).not.toContain(secretKey);
  busy = 99;
  await expect(store.head('key', signal)).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(/off-site \(b at 127\.0\.0\.1:\d+\) answered 503/),
  });
});

test('a bucket is never dropped because it cannot stand before an address of numbers', async () => {
  let asked = 0;
  const store = await answering(() => {
    asked += 1;
  }, 'host');
  await expect(store.head('key', signal)).rejects.toMatchObject({
    code: 'bad-input',
    next: expect.stringContaining('host/bucket/key'),
  });
  expect(asked).toBe(0);
});

test('a redirect is not followed, and an upload that fails at its end is not taken for whole', async () => {
  let asked = 0;
  const store = await answering((request, response) => {
    asked += 1;
    request.resume();
    if (request.method === 'POST') {
      response.end('<?xml version="1.0"?>\n<Error><Code>InternalError</Code></Error>');
    } else response.writeHead(307, { location: 'http://127.0.0.1:1/b/p/key' }).end();
  });
  await expect(store.range('key', 0, 1, signal)).rejects.toThrow('answered 307');
  expect(asked).toBe(1);
  const parts = [{ number: 1, etag: '"e"', bytes: 1 }];
  await expect(store.complete('key', 'id', parts, signal)).rejects.toThrow('InternalError');
});
