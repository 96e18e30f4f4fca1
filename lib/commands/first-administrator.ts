import { startActor } from '@/lib/auth/actor';
import { hashPassword, newOneTimePassword } from '@/lib/auth/passwords';
import { appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { hasUsers, insertUser, lockPeople } from '@/lib/store/users';

const email = 'admin@localhost';

/**
 * Makes the first administrator of a console that has nobody yet: there is no account by default. The password is
 * returned this once, to be shown by the start, and must be changed at the first sign-in.
 *
 * @returns null when the console has people already.
 */
export async function ensureFirstAdministrator(
  db: Store,
): Promise<{ email: string; password: string } | null> {
  if (await hasUsers(db)) return null;
  const password = newOneTimePassword();
  const passwordHash = await hashPassword(password);
  return db.transaction().execute(async (trx) => {
    await lockPeople(trx);
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
