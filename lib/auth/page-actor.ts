import { cookies, headers } from 'next/headers';
import { redirect } from 'next/navigation';
import type { Actor } from '@/lib/auth/actor';
import { actorOfSession } from '@/lib/auth/authenticate';
import { sessionCookieName } from '@/lib/auth/cookies';
import { sessionIdOf } from '@/lib/auth/session-cookie';
import { log } from '@/lib/base/server/log';
import { findLiveSession } from '@/lib/store/sessions';
import { webEnv, webStore } from '@/lib/store/web-store';

/** The page on which a one-time password is changed; the only one that is shown until it was. */
export const passwordPath = '/account/password';

export type PageActor = Actor & { email: string };

/** The signed-in person of the page that is drawn now, or null. */
export async function pageActor(): Promise<PageActor | null> {
  // First of all: it tells the build that this page is drawn per request.
  const jar = await cookies();
  const env = webEnv();
  const cookie = jar.get(sessionCookieName(env.NEXTAUTH_URL))?.value;
  const id = await sessionIdOf(cookie, env.NEXTAUTH_SECRET);
  const session = id ? await findLiveSession(await webStore(), id) : null;
  return session ? { ...actorOfSession(session), email: session.email } : null;
}

/** The same for the sign-in page, which is shown whatever the state of the database. */
export async function pageActorOrNobody(): Promise<PageActor | null> {
  return pageActor().catch((error: unknown) => {
    log.error({ err: error }, 'the sign-in page cannot see who is signed in');
    return null;
  });
}

/**
 * The signed-in person, for layouts of pages. Everybody else is sent on: to the sign-in page (and back afterwards), or
 * to change a one-time password first. Pages carry no data, so this only spares people an empty page: each API route
 * checks for itself.
 */
export async function requirePageActor(): Promise<PageActor> {
  const actor = await pageActor();
  // Written by proxy.ts, which knows the address of the page; a layout does not.
  const path = (await headers()).get('x-plumbline-path') ?? '/';
  if (!actor) redirect(`/signin?callbackUrl=${encodeURIComponent(path)}`);
  if (actor.mustChangePassword && !path.startsWith(passwordPath)) redirect(passwordPath);
  return actor;
}
