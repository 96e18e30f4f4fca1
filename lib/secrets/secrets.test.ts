import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureKeyFile, readKeyFile } from '@/lib/secrets/key-file';
import { type ExpectedRow, open } from '@/lib/secrets/open';
import { seal } from '@/lib/secrets/seal';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'keys-'));
});
afterAll(() => rm(folder, { recursive: true }));

const row: ExpectedRow = {
  keyId: '',
  instanceId: '0199a000-0000-7000-8000-000000000001',
  purpose: 'watch',
  host: 'db.example.org',
  port: 5432,
  tlsMode: 'verify-full',
  tlsCa: null,
  user: 'watcher',
};

async function sealed(keyFile: string) {
  const { keyId, publicKey } = await ensureKeyFile(keyFile);
  const { tlsCa: _, keyId: __, ...login } = row;
  const box = await seal(publicKey, keyId, { ...login, caDigest: null, password: 'canary-7319' });
  return { box, keyPair: await readKeyFile(keyFile), expected: { ...row, keyId } };
}

test('a sealed login opens with the key and does not hold its secret in the clear', async () => {
  const { box, keyPair, expected } = await sealed(path.join(folder, 'one', 'key.json'));
  expect(box.includes('canary-7319')).toBe(false);
  expect(box.includes('watcher')).toBe(false);
  expect((await open(keyPair, box, expected)).password).toBe('canary-7319');
});

test.each([
  ['instance', { instanceId: '0199a000-0000-7000-8000-000000000002' }],
  ['purpose', { purpose: 'operate' as const }],
  ['host', { host: 'evil.example.org' }],
  ['port', { port: 5433 }],
  ['TLS mode', { tlsMode: 'disable' as const }],
  ['certificate authority', { tlsCa: '-----BEGIN CERTIFICATE-----' }],
  ['user', { user: 'postgres' }],
])('a sealed login is refused when the row has another %s', async (what, change) => {
  const { box, keyPair, expected } = await sealed(path.join(folder, 'bound.json'));
  const refused = open(keyPair, box, { ...expected, ...change });
  await expect(refused).rejects.toThrow(`entered for another ${what}`);
  await expect(refused).rejects.not.toThrow(/canary/);
});

test('another key, a damaged box and a foreign text are refused with a sentence', async () => {
  const { box, keyPair, expected } = await sealed(path.join(folder, 'mine.json'));
  const other = await ensureKeyFile(path.join(folder, 'other.json'));
  const stranger = await readKeyFile(path.join(folder, 'other.json'));
  await expect(open(stranger, box, expected)).rejects.toThrow(`this worker holds key ${other.keyId}`);
  const damaged = Buffer.from(box);
  damaged[40] = (damaged[40] ?? 0) ^ 1;
  await expect(open(keyPair, damaged, expected)).rejects.toThrow('cannot be opened');
  await expect(open(keyPair, Buffer.from('not a box'), expected)).rejects.toThrow('cannot be opened');
});

test('a key file is private, made once even by two at the same time, and refused when it is not as it was made', async () => {
  const file = path.join(folder, 'deep', 'er', 'key.json');
  const made = await Promise.all([ensureKeyFile(file), ensureKeyFile(file), ensureKeyFile(file)]);
  expect(new Set(made.map((key) => key.keyId)).size).toBe(1);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  chmodSync(file, 0o644);
  await expect(readKeyFile(file)).rejects.toThrow('Others than its owner may read');
  chmodSync(file, 0o600);
  writeFileSync(file, '{"keyId":"x"}');
  await expect(readKeyFile(file)).rejects.toThrow('damaged');
  await expect(readKeyFile(path.join(folder, 'none.json'))).rejects.toThrow('does not exist');
});
