import { startActor } from '@/lib/auth/actor';
import { hashPassword, newOneTimePassword } from '@/lib/auth/passwords';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { findOnlyNewcomer, hasUsers, insertUser, lockPeople, updateUser } from '@/lib/store/users';

const email = 'admin@localhost';

/**
 * Makes the first administrator of a console that has nobody yet: there is no account by default. The password is
 * returned this once, to be shown by the start, and must be changed at the first sign-in. As long as this has not
 * happened and there is nobody else, each start gives a new one: the first may have ended before it showed the
 * password, and nobody could ever sign in.
 *
 * @returns null when the console has people already.
 */
export async function ensureFirstAdministrator(
  db: Store,
): Promise<{ email: string; password: string } | null> {
  const waiting = await findOnlyNewcomer(db);
  if (!waiting && (await hasUsers(db))) return null;
  const password = newOneTimePassword();
  const passwordHash = await hashPassword(password);
  return db.transaction().execute(async (trx) => {
    await lockPeople(trx);
    if (waiting) {
      if ((await findOnlyNewcomer(trx))?.id !== waiting.id) return null;
      await updateUser(trx, waiting.id, { password: { hash: passwordHash, mustChange: true } });
      await appendAudit(trx, {
        actor: startActor,
        action: 'person.reset-password',
        subject: { kind: 'person', id: waiting.id, name: waiting.name },
        details: { email: waiting.email, first: true },
      });
      return { email: waiting.email, password };
    }
    if (await hasUsers(trx)) return null;
    const name = 'Administrator';
    const id = await insertUser(trx, { email, name, role: 'dba', passwordHash, mustChangePassword: true });
    await appendAudit(trx, {
      actor: startActor,
      action: 'person.add',
      subject: { kind: 'person', id, name },
      details: { email, role: 'dba', first: true },
    });
    return { email, password };
  });
}
