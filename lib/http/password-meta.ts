import { clientAddress } from '@/lib/auth/address';
import { deviceCookieName, readCookie } from '@/lib/auth/cookies';
import type { PasswordMeta } from '@/lib/commands/account';
import { webEnv } from '@/lib/store/web-store';

/** Where a request that carries a password comes from: wrong ones are counted as at the sign-in page. */
export function passwordMetaOf(request: Request, requestId: string): PasswordMeta {
  const env = webEnv();
  return {
    requestId,
    address: clientAddress(request.headers.get('x-forwarded-for')),
    deviceCookie: readCookie(request.headers.get('cookie'), deviceCookieName(env.NEXTAUTH_URL)),
    secret: env.NEXTAUTH_SECRET,
  };
}
