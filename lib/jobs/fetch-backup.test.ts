import { expect, test } from 'vitest';
import fetchBackup from '@/lib/jobs/fetch-backup';
import {
  headerBytes,
  layoutOf,
  openPart,
  partsOf,
  sealPart,
  spanOf,
  writeHeader,
} from '@/lib/procedures/encryption';

// The way there and back, against a real storage and a real worker, is upload-backup.test.ts.
test('it needs no server and offers what lies in storages', () => {
  expect(fetchBackup).toMatchObject({ needsServer: false, choices: { backupId: { from: 'uploads' } } });
});

const key = new Uint8Array(32).fill(7);
const of = {
  keyId: '00112233445566778899aabbccddeeff',
  backupId: '00000000-0000-7000-8000-000000000001',
  partBytes: 1024,
  plainBytes: 2500,
};
test('parts cover every byte once and open only in their own place', async () => {
  expect(partsOf(of)).toBe(3);
  // Never more parts than S3 takes, never more memory than a worker has for one.
  expect(layoutOf(2 ** 40, '')?.parts).toBeLessThanOrEqual(9_000);
  expect(layoutOf(2 ** 42, '')).toBeUndefined();
  const spans = [1, 2, 3].map((part) => spanOf(of, part));
  expect(spans).toEqual([
    { from: 0, to: 1024 - headerBytes },
    { from: 1024 - headerBytes, to: 2048 - headerBytes },
    { from: 2048 - headerBytes, to: 2500 },
  ]);
  const header = writeHeader(of);
  const plain = Buffer.alloc(1024, 'x');
  const sealed = await sealPart(key, header, { part: 2, isLast: false }, plain);
  const open = (place: { part: number; isLast: boolean }, by = key, head = header, bytes = sealed) =>
    openPart(by, head, { ...place, what: 'part' }, bytes);
  expect(await open({ part: 2, isLast: false })).toEqual(plain);
  const other = writeHeader({ ...of, backupId: '00000000-0000-7000-8000-000000000002' });
  for (const wrong of [
    open({ part: 3, isLast: false }),
    open({ part: 2, isLast: true }),
    open({ part: 2, isLast: false }, new Uint8Array(32).fill(8)),
    open({ part: 2, isLast: false }, key, other),
    open({ part: 2, isLast: false }, key, header, sealed.subarray(0, -1)),
    open({ part: 2, isLast: false }, key, header, Buffer.concat([sealed, sealed.subarray(24)])),
  ]) {
    await expect(wrong).rejects.toThrow('cannot be trusted');
  }
});
