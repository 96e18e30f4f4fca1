import { createHash, randomBytes } from 'node:crypto';

const prefix = 'plk_';

/** A new API token: 256 random bits behind a prefix that secret scanners can know. */
export function newTokenText(): string {
  return prefix + randomBytes(32).toString('base64url');
}

/** What is stored of a token. */
export function tokenHash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The token of an Authorization header: null without one, `''` when there is one that is no token of ours. */
export function bearerToken(header: string | null): string | null {
  if (header === null) return null;
  const match = /^Bearer +(plk_[\w-]{20,100})$/i.exec(header.trim());
  return match?.[1] ?? '';
}
