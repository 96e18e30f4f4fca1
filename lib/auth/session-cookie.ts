import { decode } from 'next-auth/jwt';
import { isId } from '@/lib/base/ids';

/** The session id inside an encrypted cookie; null for anything that we did not write or that has expired. */
export async function sessionIdOf(cookie: string | null | undefined, secret: string): Promise<string | null> {
  if (!cookie) return null;
  try {
    const payload = await decode({ token: cookie, secret });
    const id = payload?.sid;
    return typeof id === 'string' && isId(id) ? id : null;
  } catch {
    // Not encrypted with our secret, cut short, or expired: all the same to the reader.
    return null;
  }
}
