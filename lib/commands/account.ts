import type { Actor } from '@/lib/auth/actor';
import { checkPassword } from '@/lib/auth/check-password';
import { hashPassword } from '@/lib/auth/passwords';
import { PlumblineError } from '@/lib/base/errors';
import type { ChangePassword } from '@/lib/contract/account';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { revokeSessions } from '@/lib/store/sessions';
import { findUser, type UserRow, updateUser } from '@/lib/store/users';

interface Meta {
  requestId: string;
}

/** What a request for a new password carries beside its body: where it comes from, for counting wrong passwords. */
export interface PasswordMeta extends Meta {
  address: string;
  deviceCookie: string | null;
  secret: string;
}

function wrong(field: 'currentPassword' | 'newPassword', message: string): PlumblineError {
  return new PlumblineError('bad-input', message, { fields: { [field]: message } });
}

async function ownRow(db: Store, actor: Actor): Promise<UserRow> {
  const person = actor.kind === 'user' && actor.id ? await findUser(db, actor.id) : undefined;
  if (person) return person;
  throw new PlumblineError('not-allowed', 'Only a signed-in person has a password and sessions.', {
    next: 'Sign in on the page; an API token cannot do this.',
  });
}

/**
 * Changes one's own password, after the present one; all other sessions of the person end.
 *
 * @throws PlumblineError `bad-input` naming the field; `too-many` after too many wrong passwords.
 */
export async function changePassword(
  db: Store,
  actor: Actor,
  input: ChangePassword,
  meta: PasswordMeta,
): Promise<{ endedSessions: number }> {
  const person = await ownRow(db, actor);
  const { currentPassword, newPassword } = input;
  const known = await checkPassword(db, { ...meta, email: person.email, password: currentPassword });
  if (!known) throw wrong('currentPassword', 'This is not your present password.');
  if (newPassword === currentPassword)
    throw wrong('newPassword', 'Choose another password than the present one.');
  const plain = newPassword.toLowerCase();
  const ownWords = [person.email.toLowerCase(), person.name.toLowerCase(), 'plumbline'];
  if (new Set(plain).size < 5 || ownWords.some((word) => plain.replaceAll(word, '').length < 6)) {
    throw wrong('newPassword', 'This is easy to guess: take a few unrelated words in a row.');
  }
  const hash = await hashPassword(newPassword);
  return db.transaction().execute(async (trx) => {
    await updateUser(trx, person.id, { password: { hash, mustChange: false } });
    const endedSessions = await revokeSessions(trx, person.id, { except: actor.sessionId });
    await appendAudit(trx, {
      actor,
      action: 'account.change-password',
      subject: { kind: 'person', id: person.id, name: person.name },
      details: { endedSessions, oneTime: person.mustChangePassword },
      requestId: meta.requestId,
    });
    return { endedSessions };
  });
}

/**
 * Ends one of one's own sessions, or all but the present one.
 *
 * @throws PlumblineError `not-found` when the one that is named is not there (any more).
 */
export async function endSessions(
  db: Store,
  actor: Actor,
  input: { sessionId?: string },
  meta: Meta,
): Promise<{ endedSessions: number }> {
  const person = await ownRow(db, actor);
  return db.transaction().execute(async (trx) => {
    const choice = input.sessionId ? { only: input.sessionId } : { except: actor.sessionId };
    const endedSessions = await revokeSessions(trx, person.id, choice);
    if (input.sessionId && endedSessions === 0) {
      throw new PlumblineError('not-found', 'This session has ended already.', { next: 'Reload the page.' });
    }
    await appendAudit(trx, {
      actor,
      action: 'session.end',
      subject: { kind: 'session', id: input.sessionId ?? null, name: input.sessionId ? null : 'all others' },
      details: { endedSessions },
      requestId: meta.requestId,
    });
    return { endedSessions };
  });
}
