import { afterAll, expect, test } from 'vitest';
import { createEventHub, encodeHints } from '@/lib/http/event-hub';
import { eventStreamResponse } from '@/lib/http/event-stream';
import { openStore } from '@/lib/store/db';
import { createNotifier } from '@/lib/store/notify';
import { consoleDatabase } from '@/lib/testing/console-database';

const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

async function setUp() {
  const database = await consoleDatabase();
  const store = openStore(database.workerUrl, { applicationName: 'test' });
  const hub = createEventHub(database.webUrl);
  closers.push(store.close, hub.stop);
  return { hub, notifier: createNotifier(store.db, 10) };
}

/** Reads until the text has been seen; fails after 10 s. */
async function readUntil(response: Response, wanted: string): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const late = setTimeout(() => void reader.cancel(), 10_000);
  let text = '';
  try {
    while (!text.includes(wanted)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the stream ended before ${wanted}: ${text}`);
      text += new TextDecoder().decode(value);
    }
  } finally {
    clearTimeout(late);
    reader.releaseLock();
  }
  return text;
}

const open = (hub: ReturnType<typeof createEventHub>, more: object = {}) =>
  eventStreamResponse({ hub, signal: new AbortController().signal, reauthorise: async () => {}, ...more });

test('a hint of a worker reaches every client, whose first bytes came at once', async () => {
  const { hub, notifier } = await setUp();
  const one = open(hub);
  const two = open(hub);
  await readUntil(one, 'event: hello');
  await readUntil(one, 'event: resync');
  await readUntil(two, 'event: resync');
  notifier.hint('run', 'r1');
  notifier.hint('instance', 'i1');
  expect(await readUntil(one, '"i1"')).toContain('data: {"topic":"run","id":"r1"}\n\n');
  await readUntil(two, '"i1"');
  await one.body?.cancel();
  await two.body?.cancel();
  expect(hub.size()).toBe(0);
});

test('a client that does not read loses hints, is told to resync, and costs no memory', async () => {
  let send: (text: string) => void = () => {};
  const hub = {
    subscribe: (listener: (text: string) => void) => {
      send = listener;
      return () => {};
    },
    size: () => 1,
    stop: async () => {},
  };
  const response = open(hub, { queueLimit: 4 });
  for (let at = 0; at < 1000; at += 1) send(`data: ${at}\n\n`);
  const text = await readUntil(response, 'event: resync');
  expect(text.split('data: ').length).toBeLessThan(8);
});

test('a stream ends as soon as its reader may no longer listen', async () => {
  const { hub } = await setUp();
  let allowed = true;
  const response = open(hub, {
    reauthoriseMs: 20,
    reauthorise: async () => {
      if (!allowed) throw new Error('signed out');
    },
  });
  await readUntil(response, 'event: hello');
  allowed = false;
  await readUntil(response, 'event: signed-out');
  expect(hub.size()).toBe(0);
});

test('what is not a list of hints is dropped', () => {
  expect(encodeHints('no json')).toBe('');
  expect(encodeHints('{"topic":"run"}')).toBe('');
  expect(encodeHints('[{"topic":"run","id":"a\\nb"}]')).toBe('data: {"topic":"run","id":"a\\nb"}\n\n');
});
