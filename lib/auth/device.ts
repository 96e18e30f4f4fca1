import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

function signature(userId: string, device: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`plumbline device ${userId} ${device}`).digest();
}

/**
 * The cookie of a browser that this person has signed in from. It gives no access: its attempts are counted apart, so
 * nobody else's wrong guesses, not even from the same address, can keep the person out.
 */
export function newDeviceCookie(userId: string, secret: string): string {
  const device = randomBytes(16).toString('base64url');
  return `${device}.${signature(userId, device, secret).toString('base64url')}`;
}

/** The device inside a cookie if we gave it to this person; null for everything else. */
export function deviceOf(cookie: string | null | undefined, userId: string, secret: string): string | null {
  const [device, signed] = cookie?.split('.') ?? [];
  if (!device || !signed) return null;
  const given = Buffer.from(signed, 'base64url');
  const expected = signature(userId, device, secret);
  return given.length === expected.length && timingSafeEqual(given, expected) ? device : null;
}
