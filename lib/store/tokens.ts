import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { RoleName } from '@/lib/engine/roles';
import type { Store } from '@/lib/store/db';

/** A token that counts now, with the present role of the person who answers for it. */
export interface LiveToken {
  id: string;
  name: string;
  role: RoleName;
  ownerId: string;
  ownerName: string;
  ownerRole: RoleName;
}

export interface TokenRow {
  id: string;
  name: string;
  role: RoleName;
  ownerId: string;
  ownerName: string;
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
}

export interface NewToken {
  ownerId: string;
  name: string;
  /** SHA-256 of the token's text. The text has 256 random bits: a slow hash would add nothing. */
  hash: Buffer;
  role: RoleName;
  expiresAt: string | null;
}

export async function insertToken(db: Store, token: NewToken): Promise<string> {
  const id = newId();
  await db
    .insertInto('api_tokens')
    .values({
      id,
      user_id: token.ownerId,
      name: token.name,
      hash: token.hash,
      role: token.role,
      expires_at: token.expiresAt,
    })
    .execute();
  return id;
}

/** The token of this hash if it counts: not revoked, not expired, its owner not disabled. Notes its use once a minute. */
export async function findLiveToken(db: Store, hash: Buffer): Promise<LiveToken | null> {
  const { rows } = await sql<LiveToken & { unused: boolean }>`
    select t.id, t.name, t.role, u.id as "ownerId", u.name as "ownerName", u.role as "ownerRole",
      coalesce(t.last_used_at < now() - interval '1 minute', true) as unused
    from api_tokens t
    join users u on u.id = t.user_id
    where t.hash = ${hash}
      and t.revoked_at is null
      and (t.expires_at is null or t.expires_at > now())
      and u.disabled_at is null
  `.execute(db);
  const found = rows[0];
  if (!found) return null;
  const { unused, ...token } = found;
  if (unused) {
    await db.updateTable('api_tokens').set({ last_used_at: sql`now()` }).where('id', '=', token.id).execute();
  }
  return token;
}

/** Tokens, newest first: of one person, or of everybody. Never their hashes. */
export async function listTokens(db: Store, ownerId?: string): Promise<TokenRow[]> {
  let query = db
    .selectFrom('api_tokens as t')
    .innerJoin('users as u', 'u.id', 't.user_id')
    .select([
      't.id',
      't.name',
      't.role',
      'u.id as ownerId',
      'u.name as ownerName',
      't.created_at as createdAt',
      't.expires_at as expiresAt',
      't.last_used_at as lastUsedAt',
      't.revoked_at as revokedAt',
    ])
    .orderBy('t.created_at', 'desc')
    .limit(500);
  if (ownerId) query = query.where('u.id', '=', ownerId);
  return query.execute();
}

/** Ends tokens that still count: one by id, or a person's by name. @returns those that were ended now. */
export async function revokeTokens(
  db: Store,
  choice: { id: string } | { ownerId: string; name?: string },
): Promise<{ id: string; name: string }[]> {
  let update = db.updateTable('api_tokens').set({ revoked_at: sql`now()` }).where('revoked_at', 'is', null);
  if ('id' in choice) update = update.where('id', '=', choice.id);
  else {
    update = update.where('user_id', '=', choice.ownerId);
    if (choice.name !== undefined) update = update.where('name', '=', choice.name);
  }
  return update.returning(['id', 'name']).execute();
}

/** Whose a token is; undefined when there is none of this id. */
export async function findTokenOwner(db: Store, id: string): Promise<string | undefined> {
  const row = await db.selectFrom('api_tokens').select('user_id').where('id', '=', id).executeTakeFirst();
  return row?.user_id;
}
