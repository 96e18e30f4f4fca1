import type { z } from 'zod';
import type { Actor } from '@/lib/auth/actor';
import type { Account } from '@/lib/contract/account';
import type { AuditQuery, auditSchema } from '@/lib/contract/audit';
import type { Person } from '@/lib/contract/people';
import type { Token } from '@/lib/contract/tokens';
import { isAllowed } from '@/lib/engine/roles';
import { auditActions, listAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import { liveSessionsOf } from '@/lib/store/sessions';
import { listTokens } from '@/lib/store/tokens';
import { findUser, listPeople } from '@/lib/store/users';

/** Everybody who may or might sign in. */
export async function people(db: Store): Promise<{ people: Person[] }> {
  return { people: await listPeople(db) };
}

/** Who asks, and their live sessions; a token has none. */
export async function account(db: Store, actor: Actor): Promise<Account> {
  const { kind, id, name, role, mustChangePassword } = actor;
  const person = id ? await findUser(db, id) : undefined;
  const rows = kind === 'user' && id ? await liveSessionsOf(db, id) : [];
  const sessions = rows.map((row) => ({ ...row, current: row.id === actor.sessionId }));
  return { kind, id, name, email: person?.email ?? null, role, mustChangePassword, sessions };
}

/** The actor's own tokens; who manages people sees everybody's. */
export async function tokens(db: Store, actor: Actor, now = new Date()): Promise<{ tokens: Token[] }> {
  const all = isAllowed(actor.role, 'manage-people');
  if (!all && actor.id === null) return { tokens: [] };
  const rows = await listTokens(db, all ? undefined : (actor.id as string));
  const stateOf = (row: (typeof rows)[number]): Token['state'] => {
    if (row.revokedAt !== null) return 'revoked';
    return row.expiresAt !== null && new Date(row.expiresAt) <= now ? 'expired' : 'valid';
  };
  return { tokens: rows.map((row) => ({ ...row, state: stateOf(row) })) };
}

const aboutPeople = new Set(['person', 'session', 'token']);

/**
 * A page of the audit, newest first. Everybody may read who did what to the databases; addresses, browsers and e-mail
 * addresses of people are for those who manage people.
 */
export async function audit(
  db: Store,
  actor: Actor,
  query: AuditQuery,
): Promise<z.infer<typeof auditSchema>> {
  const rows = await listAudit(db, { ...query, limit: query.limit + 1 });
  const page = rows.slice(0, query.limit);
  const seesPeople = isAllowed(actor.role, 'manage-people');
  return {
    entries: page.map((row) => ({
      ...row,
      details: !seesPeople && aboutPeople.has(row.subjectKind) ? null : row.details,
    })),
    nextBefore: rows.length > query.limit ? (page.at(-1)?.id ?? null) : null,
    actions: await auditActions(db),
  };
}
