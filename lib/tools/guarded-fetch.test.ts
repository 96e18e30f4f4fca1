import { afterAll, beforeAll, expect, test } from 'vitest';
import { textPage } from '@/lib/testing/host-kit';
import { guardedFetch, isNearAddress } from '@/lib/tools/guarded-fetch';

let page: Awaited<ReturnType<typeof textPage>>;
let answer: Parameters<typeof textPage>[0] = () => ({ text: 'hello' });
beforeAll(async () => {
  page = await textPage(() => answer());
});
afterAll(() => page.close());

const trustedAt = (url: string) => ({ host: '127.0.0.1', port: Number(new URL(url).port) });
const limits = { deadlineMs: 2_000, maxBytes: 1000 };

test('addresses of this machine, its link and cloud metadata are near, others are not', () => {
  for (const near of [
    '127.0.0.1',
    '127.9.9.9',
    '169.254.169.254',
    '0.0.0.0',
    '224.0.0.1',
    '::1',
    '::',
    'fe80::1',
    'fd00:ec2::254',
    '::ffff:169.254.169.254',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b::',
    '64:ff9b:1::808:808',
    'fe80::1%eth0',
  ])
    expect([near, isNearAddress(near)]).toEqual([near, true]);
  for (const far of [
    '10.0.0.1',
    '192.168.1.4',
    '8.8.8.8',
    '2001:db8::1',
    'fd12::1',
    '::ffff:10.0.0.1',
    '64:ff9b::8.8.8.8',
  ])
    expect([far, isNearAddress(far)]).toEqual([far, false]);
});

test('a page is read at the one port of the host that is asked anyway; names and addresses that point here are refused', async () => {
  const { port } = trustedAt(page.url);
  expect(await guardedFetch(page.url, { ...limits, trusted: { host: '127.0.0.1', port } })).toBe('hello');
  await expect(
    guardedFetch(page.url, { ...limits, trusted: { host: '127.0.0.1', port: port + 1 } }),
  ).rejects.toThrow('127.0.0.1 is refused');
  await expect(guardedFetch(`http://[64:ff9b::7f00:1]:${port}/metrics`, limits)).rejects.toThrow(
    'is refused',
  );
  await expect(guardedFetch(page.url, limits)).rejects.toThrow('127.0.0.1 is refused');
  await expect(guardedFetch(page.url.replace('127.0.0.1', 'localhost'), limits)).rejects.toThrow(
    'is refused',
  );
  await expect(guardedFetch(page.url.replace('127.0.0.1', '2130706433'), limits)).rejects.toThrow(
    'is refused',
  );
  await expect(guardedFetch('http://169.254.169.254/latest/meta-data', limits)).rejects.toThrow('is refused');
  await expect(guardedFetch('file:///etc/passwd', limits)).rejects.toThrow('is not asked');
});

test('no redirect is followed, a large answer is cut off, a silent host is left', async () => {
  const trusted = { ...limits, trusted: trustedAt(page.url) };
  answer = () => ({ status: 302, text: '', headers: { location: 'http://169.254.169.254/' } });
  await expect(guardedFetch(page.url, trusted)).rejects.toThrow('that is not followed');
  answer = () => ({ text: 'x'.repeat(1001) });
  await expect(guardedFetch(page.url, trusted)).rejects.toThrow('more than 1000 bytes');
  const closed = { ...limits, trusted: { host: '127.0.0.1', port: 1 } };
  await expect(guardedFetch('http://127.0.0.1:1/', closed)).rejects.toThrow(
    'cannot be reached (ECONNREFUSED)',
  );
});
