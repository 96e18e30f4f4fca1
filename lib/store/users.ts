import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { RoleName } from '@/lib/engine/roles';
import type { Store } from '@/lib/store/db';

export interface UserRow {
  id: string;
  email: string;
  name: string;
  role: RoleName;
  mustChangePassword: boolean;
  disabledAt: string | null;
  createdAt: string;
}

export interface PersonRow extends UserRow {
  lastSeenAt: string | null;
  openSessions: number;
  openTokens: number;
}

const columns = [
  'id',
  'email',
  'name',
  'role',
  'must_change_password as mustChangePassword',
  'disabled_at as disabledAt',
  'created_at as createdAt',
] as const;

export async function findUser(db: Store, id: string): Promise<UserRow | undefined> {
  return db.selectFrom('users').select(columns).where('id', '=', id).executeTakeFirst();
}

/** A person with the hash of the password, for checking it; e-mail addresses are compared without case. */
export async function findUserForSignIn(
  db: Store,
  email: string,
): Promise<(UserRow & { passwordHash: string }) | undefined> {
  return db
    .selectFrom('users')
    .select([...columns, 'password_hash as passwordHash'])
    .where(sql<string>`lower(email)`, '=', sql<string>`lower(${email})`)
    .executeTakeFirst();
}

/** Everybody, with when they were last seen and what of theirs still counts. */
export async function listPeople(db: Store): Promise<PersonRow[]> {
  const { rows } = await sql<PersonRow>`
    select u.id, u.email, u.name, u.role,
      u.must_change_password as "mustChangePassword", u.disabled_at as "disabledAt", u.created_at as "createdAt",
      s.last_seen_at as "lastSeenAt",
      coalesce(s.open, 0)::int4 as "openSessions",
      coalesce(t.open, 0)::int4 as "openTokens"
    from users u
    left join lateral (
      select max(last_seen_at) as last_seen_at,
        count(*) filter (where revoked_at is null and expires_at > now()) as open
      from sessions where user_id = u.id
    ) s on true
    left join lateral (
      select count(*) as open
      from api_tokens where user_id = u.id and revoked_at is null and (expires_at is null or expires_at > now())
    ) t on true
    order by u.disabled_at is not null, lower(u.name), u.id
  `.execute(db);
  return rows;
}

export interface NewUser {
  email: string;
  name: string;
  role: RoleName;
  passwordHash: string;
  mustChangePassword: boolean;
}

/** @returns the new person's id, or null when the e-mail address is taken. */
export async function insertUser(db: Store, user: NewUser): Promise<string | null> {
  const row = await db
    .insertInto('users')
    .values({
      id: newId(),
      email: user.email,
      name: user.name,
      role: user.role,
      password_hash: user.passwordHash,
      must_change_password: user.mustChangePassword,
    })
    .onConflict((conflict) => conflict.expression(sql`lower(email)`).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id ?? null;
}

export interface UserChange {
  name?: string;
  role?: RoleName;
  disabled?: boolean;
  password?: { hash: string; mustChange: boolean };
}

/** Writes what is given of a person; the rest stays. */
export async function updateUser(db: Store, id: string, change: UserChange): Promise<void> {
  await db
    .updateTable('users')
    .set({
      updated_at: sql`now()`,
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.role === undefined ? {} : { role: change.role }),
      ...(change.disabled === undefined
        ? {}
        : { disabled_at: change.disabled ? sql<string>`coalesce(disabled_at, now())` : null }),
      ...(change.password === undefined
        ? {}
        : { password_hash: change.password.hash, must_change_password: change.password.mustChange }),
    })
    .where('id', '=', id)
    .execute();
}

/**
 * Makes changes to people wait for each other until the transaction ends, so that two people cannot demote each other
 * at the same moment and leave nobody.
 */
export async function lockPeople(trx: Store): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('plumbline-people'))`.execute(trx);
}

/** How many people with the role dba can sign in, leaving one person out. */
export async function otherDbas(db: Store, exceptId: string): Promise<number> {
  const row = await db
    .selectFrom('users')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('role', '=', 'dba')
    .where('disabled_at', 'is', null)
    .where('id', '<>', exceptId)
    .executeTakeFirstOrThrow();
  return row.count;
}

/** The dba who is here longest: the owner of what the local start makes. */
export async function firstDba(db: Store): Promise<UserRow | undefined> {
  return db
    .selectFrom('users')
    .select(columns)
    .where('role', '=', 'dba')
    .where('disabled_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

export async function hasUsers(db: Store): Promise<boolean> {
  const row = await db.selectFrom('users').select('id').limit(1).executeTakeFirst();
  return row !== undefined;
}

/** The only person of this console, as long as that one has not replaced the one-time password. */
export async function findOnlyNewcomer(db: Store): Promise<UserRow | undefined> {
  const people = await db.selectFrom('users').select(columns).limit(2).execute();
  const [person] = people;
  return people.length === 1 && person?.mustChangePassword ? person : undefined;
}
