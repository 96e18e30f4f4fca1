import { sql } from 'kysely';
import { newId } from '@/lib/base/ids';
import type { RoleName } from '@/lib/engine/roles';
import type { Store } from '@/lib/store/db';

/** How long a session lives, in minutes: without a request, and at most. Settings row `sessions` overrides. */
export const sessionMinutes = { idle: 30, absolute: 12 * 60 };

/** A session that counts now, with its person as the rows say at this moment. */
export interface LiveSession {
  id: string;
  userId: string;
  name: string;
  email: string;
  role: RoleName;
  mustChangePassword: boolean;
}

export interface SessionRow {
  id: string;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
  userAgent: string;
}

// Minutes of a setting, at most the length that is built in: a row may shorten sessions, never make them endless.
const minutes = (name: 'idle' | 'absolute') => sql<number>`
  least(
    coalesce((select (value->>${sql.lit(`${name}Minutes`)})::float8 from settings where key = 'sessions'), ${sessionMinutes[name]}::float8),
    ${sessionMinutes.absolute}::float8)`;

/** Starts a session for a person who has just proven a password. */
export async function insertSession(db: Store, userId: string, userAgent: string): Promise<string> {
  const id = newId();
  await sql`
    insert into sessions (id, user_id, expires_at, user_agent)
    select ${id}::uuid, ${userId}::uuid, now() + ${minutes('absolute')} * interval '1 minute', ${userAgent.slice(0, 200)}
  `.execute(db);
  return id;
}

/**
 * The session if it counts: not revoked, not expired, not idle too long, its person not disabled. Asking keeps it
 * alive (written at most once a minute) unless `touch` is false.
 */
export async function findLiveSession(
  db: Store,
  id: string,
  options: { touch?: boolean } = {},
): Promise<LiveSession | null> {
  const { rows } = await sql<LiveSession & { seenSeconds: number }>`
    select s.id, s.user_id as "userId", u.name, u.email, u.role,
      u.must_change_password as "mustChangePassword",
      extract(epoch from now() - s.last_seen_at)::float8 as "seenSeconds"
    from sessions s
    join users u on u.id = s.user_id
    where s.id = ${id}::uuid
      and s.revoked_at is null
      and s.expires_at > now()
      and s.last_seen_at > now() - ${minutes('idle')} * interval '1 minute'
      and u.disabled_at is null
  `.execute(db);
  const found = rows[0];
  if (!found) return null;
  const { seenSeconds, ...session } = found;
  if (options.touch !== false && seenSeconds > 60) {
    await db.updateTable('sessions').set({ last_seen_at: sql`now()` }).where('id', '=', id).execute();
  }
  return session;
}

/** The sessions of a person that count now, the one used last first. */
export async function liveSessionsOf(db: Store, userId: string): Promise<SessionRow[]> {
  const { rows } = await sql<SessionRow>`
    select id, created_at as "createdAt", last_seen_at as "lastSeenAt", expires_at as "expiresAt", user_agent as "userAgent"
    from sessions
    where user_id = ${userId}::uuid
      and revoked_at is null
      and expires_at > now()
      and last_seen_at > now() - ${minutes('idle')} * interval '1 minute'
    order by last_seen_at desc
  `.execute(db);
  return rows;
}

/**
 * Ends sessions of a person at once.
 *
 * @param only one session; all of them when left out. @param except a session that stays.
 * @returns how many were ended now.
 */
export async function revokeSessions(
  db: Store,
  userId: string,
  choice: { only?: string; except?: string } = {},
): Promise<number> {
  let update = db
    .updateTable('sessions')
    .set({ revoked_at: sql`now()` })
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null);
  if (choice.only) update = update.where('id', '=', choice.only);
  if (choice.except) update = update.where('id', '<>', choice.except);
  const result = await update.executeTakeFirst();
  return Number(result.numUpdatedRows);
}
