import { sql } from 'kysely';
import type { JsonObject } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';

/** Who did it, as it is written down; the Actor of a request fits. */
export interface AuditActor {
  kind: 'user' | 'token' | 'schedule' | 'worker' | 'start';
  id: string | null;
  name: string;
  tokenId?: string;
}

export interface AuditEntry {
  actor: AuditActor;
  /** Subject and verb: `person.add`, `run.start`, `instance.change`. */
  action: string;
  subject: { kind: string; id: string | null; name: string | null };
  /** What changed, for people to read later. Never a secret. */
  details?: JsonObject;
  requestId?: string | null;
}

/**
 * Appends to the audit, in the transaction of the act itself: when this fails, the act fails too. The process roles may
 * insert and read these rows, neither change nor delete them.
 */
export async function appendAudit(trx: Store, entry: AuditEntry): Promise<void> {
  const details = entry.actor.tokenId
    ? { ...entry.details, tokenId: entry.actor.tokenId }
    : (entry.details ?? {});
  await trx
    .insertInto('audit_log')
    .values({
      actor_kind: entry.actor.kind,
      actor_id: entry.actor.id,
      actor_name: entry.actor.name,
      action: entry.action,
      subject_kind: entry.subject.kind,
      subject_id: entry.subject.id,
      subject_name: entry.subject.name,
      details: JSON.stringify(details),
      request_id: entry.requestId ?? null,
    })
    .execute();
}

export interface AuditRow {
  id: number;
  at: string;
  actorKind: AuditActor['kind'];
  actorId: string | null;
  actorName: string;
  action: string;
  subjectKind: string;
  subjectId: string | null;
  subjectName: string | null;
  details: JsonObject;
  requestId: string | null;
}

export interface AuditFilter {
  /** Part of the actor's name, any case. */
  actor?: string;
  /** An action, or its subject before the dot. */
  action?: string;
  subjectKind?: string;
  subjectId?: string;
  from?: string;
  to?: string;
  /** Entries older than this one. */
  before?: number;
  limit: number;
}

/** The audit, newest first. */
export async function listAudit(db: Store, filter: AuditFilter): Promise<AuditRow[]> {
  let query = db
    .selectFrom('audit_log')
    .select([
      'id',
      'at',
      'actor_kind as actorKind',
      'actor_id as actorId',
      'actor_name as actorName',
      'action',
      'subject_kind as subjectKind',
      'subject_id as subjectId',
      'subject_name as subjectName',
      'details',
      'request_id as requestId',
    ])
    .orderBy('id', 'desc')
    .limit(filter.limit);
  const { actor, action } = filter;
  if (actor) query = query.where(sql<boolean>`strpos(lower(actor_name), lower(${actor})) > 0`);
  if (action) {
    query = query.where((eb) =>
      eb.or([eb('action', '=', action), eb(sql<string>`split_part(action, '.', 1)`, '=', action)]),
    );
  }
  if (filter.subjectKind) query = query.where('subject_kind', '=', filter.subjectKind);
  if (filter.subjectId) query = query.where('subject_id', '=', filter.subjectId);
  if (filter.from) query = query.where('at', '>=', filter.from);
  if (filter.to) query = query.where('at', '<', filter.to);
  if (filter.before !== undefined) query = query.where('id', '<', filter.before);
  return query.execute();
}

/** The actions that the audit holds, for its filter. */
export async function auditActions(db: Store): Promise<string[]> {
  const rows = await db
    .selectFrom('audit_log')
    .select('action')
    .distinct()
    .orderBy('action')
    .limit(200)
    .execute();
  return rows.map((row) => row.action);
}
