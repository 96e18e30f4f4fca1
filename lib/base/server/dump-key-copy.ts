import { createHash, randomBytes } from 'node:crypto';
import { PlumblineError } from '@/lib/base/errors';

/** How a key of dumps is written down by people: `PLBK1-` and nine groups of eight, the last one a check. */
const prefix = 'PLBK1';
const keyBytes = 32;

function digest(what: string, key: Uint8Array): string {
  return createHash('sha256').update(`plumbline ${what}\0`).update(key).digest('hex');
}

/** What names a key and says nothing of it: the first 16 bytes of a hash, in hex. */
export function keyIdOf(key: Uint8Array): string {
  return digest('dump key', key).slice(0, 32);
}

/** A new key of 32 random bytes as people keep it. */
export function newKeyCopy(): string {
  const key = randomBytes(keyBytes);
  const groups = key.toString('hex').match(/.{8}/g) ?? [];
  return [prefix, ...groups, digest('copy', key).slice(0, 8)].join('-').toUpperCase();
}

/**
 * Reads what somebody typed: capitals, blanks and hyphens do not count.
 *
 * @throws PlumblineError `bad-input` of `field` that says what is wrong with it and never repeats it.
 */
export function parseKeyCopy(typed: string, field = 'copy'): { key: Uint8Array; keyId: string } {
  const text = typed.toLowerCase().replace(/[\s-]/g, '');
  const [, hex, check] = /^plbk1([0-9a-f]{64})([0-9a-f]{8})$/.exec(text) ?? [];
  if (hex === undefined) {
    throw wrong('This is no whole key: it begins with PLBK1 and has nine groups of eight characters.', field);
  }
  const key = Buffer.from(hex, 'hex');
  if (digest('copy', key).slice(0, 8) !== check) {
    throw wrong('A character of it is wrong: its last group does not fit the others.', field);
  }
  return { key: new Uint8Array(key), keyId: keyIdOf(key) };
}

function wrong(sentence: string, field: string): PlumblineError {
  return new PlumblineError('bad-input', sentence, {
    next: 'Compare it with what was kept, and type it again.',
    fields: { [field]: sentence },
  });
}
