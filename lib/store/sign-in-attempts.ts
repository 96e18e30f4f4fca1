import { sql } from 'kysely';
import type { Store } from '@/lib/store/db';

export interface AttemptLimit {
  /** Failures within the window after which the next attempt waits. */
  failures: number;
  windowMinutes: number;
}

/** Notes an attempt before its password is looked at, so that a thousand at once count as a thousand. */
export async function insertAttempt(db: Store, accountKey: string, addressKey: string): Promise<number> {
  const row = await db
    .insertInto('sign_in_attempts')
    .values({ account_key: accountKey, address_key: addressKey, ok: false })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/**
 * Seconds until another attempt is allowed; 0 when it is allowed now. Counts failures noted before attempt `id`, of an
 * address and, when given, of one account only.
 */
export async function waitSeconds(
  db: Store,
  id: number,
  limit: AttemptLimit,
  of: { addressKey: string; accountKey?: string },
): Promise<number> {
  const account = of.accountKey === undefined ? sql`` : sql`and account_key = ${of.accountKey}`;
  const { rows } = await sql<{ seconds: number }>`
    select extract(epoch from at + ${limit.windowMinutes} * interval '1 minute' - now())::float8 as seconds
    from sign_in_attempts
    where address_key = ${of.addressKey} ${account}
      and not ok
      and id < ${id}
      and at > now() - ${limit.windowMinutes} * interval '1 minute'
    order by at desc
    offset ${limit.failures - 1}
    limit 1
  `.execute(db);
  return Math.max(0, Math.ceil(rows[0]?.seconds ?? 0));
}

/** Forgets one attempt: it was refused before its password was looked at, and must not lengthen the wait. */
export async function deleteAttempt(db: Store, id: number): Promise<void> {
  await db.deleteFrom('sign_in_attempts').where('id', '=', id).execute();
}

/** After a success: the failures of this account from this address are forgiven, and whatever is a day old goes. */
export async function clearAttempts(db: Store, accountKey: string, addressKey: string): Promise<void> {
  await db
    .deleteFrom('sign_in_attempts')
    .where((eb) =>
      eb.or([
        eb.and([eb('account_key', '=', accountKey), eb('address_key', '=', addressKey)]),
        eb('at', '<', sql<string>`now() - interval '1 day'`),
      ]),
    )
    .execute();
}
