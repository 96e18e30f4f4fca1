import { chmod, link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import sodium from 'libsodium-wrappers';
import { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import { newId } from '@/lib/base/ids';

/** The key that workers open secrets with. `keyId` is derived from the public key: 32 hex digits. */
export interface KeyPair {
  keyId: string;
  publicKey: Uint8Array;
  secretKey: Uint8Array;
}

/** What may leave a worker: the web process seals to it and can open nothing. */
export type PublicKey = Pick<KeyPair, 'keyId' | 'publicKey'>;

const fileSchema = z.object({ keyId: z.string(), publicKey: z.base64(), secretKey: z.base64() });

function keyIdOf(publicKey: Uint8Array): string {
  return sodium.to_hex(sodium.crypto_generichash(16, publicKey, null));
}

/**
 * Makes the key file when there is none (mode 0600, in a folder of mode 0700 when that is missing too) and says its
 * public half. Two processes at once end with one key: the file appears whole by a hard link or not at all.
 *
 * @throws PlumblineError as `readKeyFile` does when there is a file already and it is not usable.
 */
export async function ensureKeyFile(file: string): Promise<PublicKey> {
  await sodium.ready;
  const exists = await stat(file).then(
    () => true,
    () => false,
  );
  if (!exists) {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const pair = sodium.crypto_box_keypair();
    const text = JSON.stringify({
      keyId: keyIdOf(pair.publicKey),
      publicKey: Buffer.from(pair.publicKey).toString('base64'),
      secretKey: Buffer.from(pair.privateKey).toString('base64'),
    });
    const partial = `${file}.${newId()}`;
    const handle = await open(partial, 'wx', 0o600);
    try {
      await handle.writeFile(`${text}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    try {
      // The umask may have taken more away, never less; a link fails when another process was first.
      await chmod(partial, 0o600);
      await link(partial, file);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    } finally {
      await unlink(partial);
    }
  }
  const { keyId, publicKey } = await readKeyFile(file);
  return { keyId, publicKey };
}

/**
 * Reads a worker's key file.
 *
 * @throws PlumblineError `bad-input` when it is missing, readable for others, or not a key file of ours.
 */
export async function readKeyFile(file: string): Promise<KeyPair> {
  await sodium.ready;
  const found = await stat(file).catch(() => undefined);
  if (!found) {
    throw new PlumblineError('bad-input', `The key file ${file} does not exist.`, {
      next: 'Copy it from another worker of this console, or start the console once to make one.',
    });
  }
  if ((found.mode & 0o077) !== 0) {
    throw new PlumblineError('bad-input', `Others than its owner may read the key file ${file}.`, {
      next: `Run chmod 600 ${file}, and enter the passwords of all instances again if somebody did read it.`,
    });
  }
  const parsed = fileSchema.safeParse(parseJson(await readFile(file, 'utf8')));
  if (!parsed.success) throw unusable(file);
  const publicKey = Uint8Array.from(Buffer.from(parsed.data.publicKey, 'base64'));
  const secretKey = Uint8Array.from(Buffer.from(parsed.data.secretKey, 'base64'));
  const isPair =
    secretKey.length === sodium.crypto_box_SECRETKEYBYTES &&
    Buffer.from(sodium.crypto_scalarmult_base(secretKey)).equals(Buffer.from(publicKey));
  if (!isPair || keyIdOf(publicKey) !== parsed.data.keyId) throw unusable(file);
  return { keyId: parsed.data.keyId, publicKey, secretKey };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unusable(file: string): PlumblineError {
  return new PlumblineError('bad-input', `The key file ${file} is damaged or not a key file of Plumbline.`, {
    next: 'Restore it from a copy. Without it, stored passwords cannot be opened and must be entered again.',
  });
}
