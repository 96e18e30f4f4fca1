import type { Actor } from '@/lib/auth/actor';
import { hashPassword, newOneTimePassword } from '@/lib/auth/passwords';
import { PlumblineError } from '@/lib/base/errors';
import type { AddPerson, ChangePerson, OneTimePassword } from '@/lib/contract/people';
import type { JsonObject } from '@/lib/engine/define-job';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { revokeSessions } from '@/lib/store/sessions';
import { revokeTokens } from '@/lib/store/tokens';
import { findUser, insertUser, lockPeople, otherDbas, type UserRow, updateUser } from '@/lib/store/users';

interface Meta {
  requestId: string;
}

async function personOrThrow(db: Store, id: string): Promise<UserRow> {
  const person = await findUser(db, id);
  if (person) return person;
  throw new PlumblineError('not-found', 'There is no such person.', {
    next: 'Reload the list of people.',
  });
}

/**
 * Adds a person with a one-time password, which is returned once and stored only as a hash.
 *
 * @throws PlumblineError `conflict` when the e-mail address is taken.
 */
export async function addPerson(
  db: Store,
  actor: Actor,
  input: AddPerson,
  meta: Meta,
): Promise<OneTimePassword> {
  const oneTimePassword = newOneTimePassword();
  const passwordHash = await hashPassword(oneTimePassword);
  return db.transaction().execute(async (trx) => {
    const id = await insertUser(trx, { ...input, passwordHash, mustChangePassword: true });
    if (id === null) {
      throw new PlumblineError('conflict', 'Somebody has this e-mail address already.', {
        next: 'Look for the address in the list; a disabled person can be enabled again.',
        fields: { email: 'This address is taken.' },
      });
    }
    await appendAudit(trx, {
      actor,
      action: 'person.add',
      subject: { kind: 'person', id, name: input.name },
      details: { email: input.email, role: input.role },
      requestId: meta.requestId,
    });
    return { id, email: input.email, oneTimePassword };
  });
}

async function assertNotLastDba(trx: Store, person: UserRow): Promise<void> {
  if (person.role !== 'dba' || person.disabledAt !== null || (await otherDbas(trx, person.id)) > 0) return;
  throw new PlumblineError('conflict', `${person.name} is the last dba who can sign in.`, {
    next: 'Give another person the role dba first.',
  });
}

function assertNotSelf(actor: Actor, person: UserRow, what: string): void {
  if (actor.id !== person.id) return;
  throw new PlumblineError('conflict', `You cannot ${what} yourself.`, { next: 'Ask another dba to do it.' });
}

/**
 * Changes name, role or whether a person may sign in; it counts from their next request. Disabling also ends their
 * sessions and tokens, so that enabling does not bring old ones back.
 *
 * @throws PlumblineError `not-found`; `conflict` for oneself and for the last dba.
 */
export async function changePerson(
  db: Store,
  actor: Actor,
  input: { id: string; change: ChangePerson },
  meta: Meta,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await lockPeople(trx);
    const person = await personOrThrow(trx, input.id);
    const { name, role, disabled } = input.change;
    const details: JsonObject = {};
    if (role !== undefined && role !== person.role) {
      assertNotSelf(actor, person, 'change the role of');
      if (role !== 'dba') await assertNotLastDba(trx, person);
      details.role = { from: person.role, to: role };
    }
    if (disabled !== undefined && disabled !== (person.disabledAt !== null)) {
      assertNotSelf(actor, person, disabled ? 'disable' : 'enable');
      if (disabled) await assertNotLastDba(trx, person);
      details.disabled = disabled;
      if (disabled) {
        details.endedSessions = await revokeSessions(trx, person.id);
        details.revokedTokens = (await revokeTokens(trx, { ownerId: person.id })).length;
      }
    }
    if (name !== undefined && name !== person.name) details.name = { from: person.name, to: name };
    if (Object.keys(details).length === 0) return;
    await updateUser(trx, person.id, input.change);
    await appendAudit(trx, {
      actor,
      action:
        details.disabled === true
          ? 'person.disable'
          : details.disabled === false
            ? 'person.enable'
            : 'person.change',
      subject: { kind: 'person', id: person.id, name: name ?? person.name },
      details,
      requestId: meta.requestId,
    });
  });
}

/**
 * Gives a person a new one-time password and ends their sessions. Their API tokens stay: they are not signed in by it.
 *
 * @throws PlumblineError `not-found`; `conflict` for oneself, who changes it on the own account page.
 */
export async function resetPassword(
  db: Store,
  actor: Actor,
  input: { id: string },
  meta: Meta,
): Promise<OneTimePassword> {
  const oneTimePassword = newOneTimePassword();
  const hash = await hashPassword(oneTimePassword);
  return db.transaction().execute(async (trx) => {
    const person = await personOrThrow(trx, input.id);
    if (actor.id === person.id) {
      throw new PlumblineError('conflict', 'Your own password is changed on your account page.', {
        next: 'Open /account/password.',
      });
    }
    await updateUser(trx, person.id, { password: { hash, mustChange: true } });
    const endedSessions = await revokeSessions(trx, person.id);
    await appendAudit(trx, {
      actor,
      action: 'person.reset-password',
      subject: { kind: 'person', id: person.id, name: person.name },
      details: { endedSessions },
      requestId: meta.requestId,
    });
    return { id: person.id, email: person.email, oneTimePassword };
  });
}
