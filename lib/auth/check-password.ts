import { createHash } from 'node:crypto';
import { deviceOf } from '@/lib/auth/device';
import { verifyPassword } from '@/lib/auth/passwords';
import { PlumblineError } from '@/lib/base/errors';
import { formatDuration } from '@/lib/base/format';
import type { Store } from '@/lib/store/db';
import {
  type AttemptLimit,
  clearAttempts,
  deleteAttempt,
  insertAttempt,
  waitSeconds,
} from '@/lib/store/sign-in-attempts';
import { findUserForSignIn, type UserRow } from '@/lib/store/users';

/** Wrong passwords that are let through before the next attempt has to wait. */
export const attemptLimits = {
  /** One account from one address, or from one known browser. */
  account: { failures: 5, windowMinutes: 15 },
  /** All accounts from one address. */
  address: { failures: 30, windowMinutes: 15 },
} satisfies Record<string, AttemptLimit>;

export interface PasswordAttempt {
  email: string;
  password: string;
  /** From clientAddress(). */
  address: string;
  /** The device cookie that came with it, if any. */
  deviceCookie?: string | null;
  secret: string;
}

// What is counted by: neither an address book nor a password typed into the wrong field lies in the table.
function key(kind: 'account' | 'address' | 'device', text: string): string {
  return createHash('sha256').update(`${kind} ${text}`).digest('hex');
}

/** Says how long to wait; carries the seconds for the sign-in page. */
export class TooManyAttempts extends PlumblineError {
  constructor(readonly retryAfterSeconds: number) {
    super('too-many', 'Too many wrong passwords from here.', {
      next: `Wait ${formatDuration(Math.max(60, retryAfterSeconds))}, or sign in from a browser that you have used before.`,
    });
  }
}

/**
 * Checks a password: the one path for the sign-in page and for everything else that asks for one. It answers alike, in
 * words and in time, for an unknown account, a disabled one and a wrong password. Waits belong to an account *at an
 * address* and to an address, never to an account: nobody can lock somebody else out.
 *
 * @returns the person, or null when the password does not fit.
 * @throws TooManyAttempts, before the password was looked at.
 */
export async function checkPassword(db: Store, attempt: PasswordAttempt): Promise<UserRow | null> {
  const email = attempt.email.trim();
  const user = await findUserForSignIn(db, email);
  const device = user ? deviceOf(attempt.deviceCookie, user.id, attempt.secret) : null;
  const accountKey = key('account', email.toLowerCase());
  const addressKey = device ? key('device', device) : key('address', attempt.address);

  const id = await insertAttempt(db, accountKey, addressKey);
  const wait = Math.max(
    await waitSeconds(db, id, attemptLimits.account, { addressKey, accountKey }),
    device ? 0 : await waitSeconds(db, id, attemptLimits.address, { addressKey }),
  );
  if (wait > 0) {
    await deleteAttempt(db, id);
    throw new TooManyAttempts(wait);
  }

  const fits = await verifyPassword(user?.passwordHash ?? null, attempt.password);
  if (!fits || !user || user.disabledAt !== null) return null;
  await clearAttempts(db, accountKey, addressKey);
  const { passwordHash: _, ...person } = user;
  return person;
}
