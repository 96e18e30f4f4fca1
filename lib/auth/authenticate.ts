import type { Actor } from '@/lib/auth/actor';
import { readCookie, sessionCookieName } from '@/lib/auth/cookies';
import { sessionIdOf } from '@/lib/auth/session-cookie';
import { bearerToken, tokenHash } from '@/lib/auth/tokens';
import { PlumblineError } from '@/lib/base/errors';
import { type RoleName, roleNames } from '@/lib/engine/roles';
import type { Store } from '@/lib/store/db';
import { findLiveSession, type LiveSession } from '@/lib/store/sessions';
import { findLiveToken } from '@/lib/store/tokens';

export interface AuthenticateOptions {
  secret: string;
  /** The public address of the console (NEXTAUTH_URL): it decides the cookie's name. */
  consoleUrl: string;
  /** False leaves the session's idle clock alone, for requests that no person makes. */
  touch?: boolean;
}

function lower(a: RoleName, b: RoleName): RoleName {
  return roleNames.indexOf(a) < roleNames.indexOf(b) ? a : b;
}

/** The actor of a session that counts. */
export function actorOfSession(session: LiveSession): Actor {
  return {
    kind: 'user',
    id: session.userId,
    name: session.name,
    role: session.role,
    sessionId: session.id,
    mustChangePassword: session.mustChangePassword,
  };
}

function notSignedIn(message: string, next: string): PlumblineError {
  return new PlumblineError('not-signed-in', message, { next });
}

/**
 * Who makes this request, read from rows: a bearer token, else the session of the cookie. A wrong token is refused
 * even beside a good cookie.
 *
 * @throws PlumblineError `not-signed-in`.
 */
export async function authenticate(
  db: Store,
  request: Request,
  options: AuthenticateOptions,
): Promise<Actor> {
  const bearer = bearerToken(request.headers.get('authorization'));
  if (bearer !== null) {
    const token = bearer === '' ? null : await findLiveToken(db, tokenHash(bearer));
    if (!token) {
      throw notSignedIn(
        'This token is not valid: unknown, expired, revoked, or its owner is disabled.',
        'Make a new token under Administration → Tokens.',
      );
    }
    return {
      kind: 'token',
      id: token.ownerId,
      name: `${token.ownerName} (token ${token.name})`,
      role: lower(token.role, token.ownerRole),
      tokenId: token.id,
      mustChangePassword: false,
    };
  }
  const cookie = readCookie(request.headers.get('cookie'), sessionCookieName(options.consoleUrl));
  const id = await sessionIdOf(cookie, options.secret);
  const session = id ? await findLiveSession(db, id, { touch: options.touch }) : null;
  if (!session) throw notSignedIn('You are not signed in, or your session has ended.', 'Sign in again.');
  return actorOfSession(session);
}
