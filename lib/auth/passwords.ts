import { randomInt } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { PlumblineError } from '@/lib/base/errors';

// OWASP Password Storage Cheat Sheet: argon2id, 19 MiB, 2 passes, 1 lane. Argon2id is the library's default.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const atOnce = 2;
const mostWaiting = 40;

let running = 0;
const waiting: (() => void)[] = [];

// A flood of sign-ins may cost two processors' time, never all memory or every thread of the process.
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnce) {
    if (waiting.length >= mostWaiting) {
      throw new PlumblineError('too-many', 'Too many people sign in at this moment.', {
        next: 'Try again in a few seconds.',
      });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

/** The argon2id hash of a password, in the PHC text form that names its own parameters. */
export async function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password, cost));
}

let nobody: Promise<string> | undefined;

/** Whether a password fits; without a hash (no such account) it takes the same time and does not. */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  nobody ??= hashPassword('nobody has this password');
  const compared = passwordHash ?? (await nobody);
  const fits = await inTurn(() => verify(compared, password));
  return fits && passwordHash !== null;
}

// Without letters that look like each other in a terminal.
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A password to be shown once and changed at first use: some 79 random bits as `xxxx-xxxx-xxxx-xxxx`. */
export function newOneTimePassword(): string {
  const group = () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('');
  return [group(), group(), group(), group()].join('-');
}
