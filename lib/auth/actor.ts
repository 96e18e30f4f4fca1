import { PlumblineError } from '@/lib/base/errors';
import { isAllowed, type Permission, permissionRoles, type RoleName } from '@/lib/engine/roles';

/** Who asks. It is read from rows at each request, so a change of role or a disabled account counts at once. */
export interface Actor {
  /** `start` is the local start itself, before anybody has signed in. */
  kind: 'user' | 'token' | 'start';
  /** The person's id, for a token its owner's: whoever answers for the act. Null for `start`. */
  id: string | null;
  name: string;
  /** For a token: the lower of its own role and its owner's present one. */
  role: RoleName;
  sessionId?: string;
  tokenId?: string;
  /** True until the first password was changed: only `own-account` routes answer until then. */
  mustChangePassword: boolean;
}

/** The actor of what the local start does by itself. */
export const startActor: Actor = {
  kind: 'start',
  id: null,
  name: 'local start',
  role: 'dba',
  mustChangePassword: false,
};

/**
 * Why this actor may not do something, as public sentences; null when they may.
 * The same words serve the API's refusal and the greyed button of a page.
 */
export function refusalFor(actor: Actor, permission: Permission): { message: string; next: string } | null {
  if (actor.mustChangePassword && permission !== 'own-account') {
    return {
      message: 'The one-time password must be changed before anything else.',
      next: 'Open “Your account” (/account/password) and choose a password of your own.',
    };
  }
  if (isAllowed(actor.role, permission)) return null;
  return {
    message: `This needs the role ${permissionRoles[permission]}; ${actor.name} has the role ${actor.role}.`,
    next: 'Ask a person with the role dba to do it or to change your role under Administration → People.',
  };
}

/** @throws PlumblineError `not-allowed` with the reason and whom to ask. */
export function assertAllowed(actor: Actor, permission: Permission): void {
  const refusal = refusalFor(actor, permission);
  if (refusal) throw new PlumblineError('not-allowed', refusal.message, { next: refusal.next });
}
