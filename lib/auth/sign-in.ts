import { checkPassword, type PasswordAttempt } from '@/lib/auth/check-password';
import { newDeviceCookie } from '@/lib/auth/device';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { findLiveSession, insertSession, revokeSessions } from '@/lib/store/sessions';

export interface SignedIn {
  sessionId: string;
  userId: string;
  /** To be kept by the browser, so that nobody else's wrong guesses stand in this person's way. */
  deviceCookie: string;
}

/**
 * Signs a person in: checks the password and starts a session, audited.
 *
 * @returns null when account and password do not fit. @throws TooManyAttempts.
 */
export async function signIn(
  db: Store,
  attempt: PasswordAttempt & { userAgent: string },
): Promise<SignedIn | null> {
  const person = await checkPassword(db, attempt);
  if (!person) return null;
  const sessionId = await db.transaction().execute(async (trx) => {
    const id = await insertSession(trx, person.id, attempt.userAgent);
    await appendAudit(trx, {
      actor: { kind: 'user', id: person.id, name: person.name },
      action: 'session.sign-in',
      subject: { kind: 'session', id, name: null },
      details: { address: attempt.address, userAgent: attempt.userAgent.slice(0, 200) },
    });
    return id;
  });
  return { sessionId, userId: person.id, deviceCookie: newDeviceCookie(person.id, attempt.secret) };
}

/** Ends a session at once, audited; nothing happens when it counts no more. */
export async function signOut(db: Store, sessionId: string): Promise<void> {
  const session = await findLiveSession(db, sessionId, { touch: false });
  if (!session) return;
  await db.transaction().execute(async (trx) => {
    await revokeSessions(trx, session.userId, { only: sessionId });
    await appendAudit(trx, {
      actor: { kind: 'user', id: session.userId, name: session.name },
      action: 'session.sign-out',
      subject: { kind: 'session', id: sessionId, name: null },
    });
  });
}
