import { cookies, headers } from 'next/headers';
import type { NextAuthOptions } from 'next-auth';
import CredentialsProvider from 'next-auth/providers/credentials';
import { clientAddress } from '@/lib/auth/address';
import { TooManyAttempts } from '@/lib/auth/check-password';
import { deviceCookieName, sessionCookieName } from '@/lib/auth/cookies';
import { signIn, signOut } from '@/lib/auth/sign-in';
import { safeReturnPath } from '@/lib/base/paths';
import { log } from '@/lib/base/server/log';
import { sessionMinutes } from '@/lib/store/sessions';
import { webEnv, webStore } from '@/lib/store/web-store';

const deviceDays = 180;

async function authorize(
  credentials: Record<'email' | 'password', string> | undefined,
): Promise<{ id: string } | null> {
  const env = webEnv();
  const email = String(credentials?.email ?? '').slice(0, 320);
  const password = String(credentials?.password ?? '').slice(0, 1000);
  if (email === '' || password === '') return null;
  const sent = await headers();
  const jar = await cookies();
  const cookieName = deviceCookieName(env.NEXTAUTH_URL);
  const address = clientAddress(sent.get('x-forwarded-for'));
  try {
    const signedIn = await signIn(await webStore(), {
      email,
      password,
      address,
      deviceCookie: jar.get(cookieName)?.value,
      secret: env.NEXTAUTH_SECRET,
      userAgent: sent.get('user-agent') ?? '',
    });
    if (!signedIn) {
      log.warn({ address }, 'a sign-in failed');
      return null;
    }
    jar.set(cookieName, signedIn.deviceCookie, {
      httpOnly: true,
      sameSite: 'lax',
      secure: env.NEXTAUTH_URL.startsWith('https:'),
      path: '/',
      maxAge: deviceDays * 86_400,
    });
    return { id: signedIn.sessionId };
  } catch (error) {
    // next-auth puts the message into an address: codes that the sign-in page knows, nothing else.
    if (error instanceof TooManyAttempts) throw new Error(`too-many:${error.retryAfterSeconds}`);
    log.error({ err: error }, 'a sign-in could not be checked');
    throw new Error('unavailable');
  }
}

/**
 * next-auth as we use it: it checks the form's CSRF token and keeps one encrypted cookie that holds a session id and
 * nothing else. Whether that session counts, and for whom, are rows read at each request.
 *
 * @throws PlumblineError when NEXTAUTH_SECRET or NEXTAUTH_URL is missing or too short: nothing is served then.
 */
export function nextAuthOptions(): NextAuthOptions {
  const env = webEnv();
  const secure = env.NEXTAUTH_URL.startsWith('https:');
  return {
    secret: env.NEXTAUTH_SECRET,
    session: { strategy: 'jwt', maxAge: sessionMinutes.absolute * 60 },
    pages: { signIn: '/signin', signOut: '/signin', error: '/signin' },
    cookies: {
      sessionToken: {
        name: sessionCookieName(env.NEXTAUTH_URL),
        options: { httpOnly: true, sameSite: 'lax', path: '/', secure },
      },
    },
    providers: [
      CredentialsProvider({
        name: 'password',
        credentials: {
          email: { label: 'E-mail', type: 'email' },
          password: { label: 'Password', type: 'password' },
        },
        authorize,
      }),
    ],
    callbacks: {
      jwt: async ({ token, user }) => ({ sid: user ? user.id : token.sid }),
      session: async ({ session }) => ({ expires: session.expires }),
      redirect: async ({ url, baseUrl }) =>
        baseUrl + safeReturnPath(url.startsWith(`${baseUrl}/`) ? url.slice(baseUrl.length) : url),
    },
    events: {
      signOut: async ({ token }) => {
        if (typeof token?.sid === 'string') await signOut(await webStore(), token.sid);
      },
    },
    logger: {
      error: (code, metadata) => log.error({ code, err: metadata }, 'next-auth'),
      warn: (code) => log.warn({ code }, 'next-auth'),
      debug: () => undefined,
    },
  };
}
