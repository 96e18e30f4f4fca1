import type { CheckRow } from '@/lib/engine/define-check';
import type { SqlRow } from '@/lib/engine/define-job';
import type { SeenSession } from '@/lib/engine/lock-tree';

const storedTextLength = 500;
/** A transaction of this age is one that somebody will ask about: its text is kept. */
const oldSeconds = 30;

const textOrNull = (value: SqlRow[string] | undefined) =>
  value === null || value === undefined ? null : String(value).replaceAll('\0', '');
const numberOr = (value: SqlRow[string] | undefined) =>
  typeof value === 'number' && Number.isFinite(value) ? Math.round(value * 100) / 100 : undefined;

/** What a lock is on, in words (PostgreSQL documentation, 54.13). */
export function lockObject(row: SqlRow): string {
  const place = row.database === null ? '' : ` in ${row.database}`;
  const table =
    row.name !== null
      ? `${row.schema}.${row.name}${place}`
      : row.relation === null
        ? ''
        : `relation ${row.relation}${place}`;
  switch (row.locktype) {
    case 'relation':
      return `table ${table}`;
    case 'transactionid':
      return table ? `a row of ${table}` : `a row of transaction ${row.transaction}`;
    case 'tuple':
      return `a row of ${table}`;
    case 'page':
    case 'extend':
      return `${row.locktype === 'extend' ? 'growing' : 'a page of'} ${table}`;
    case 'virtualxid':
      return `the end of transaction ${row.virtual_transaction}`;
    case 'advisory':
      return `advisory lock ${row.class_id}, ${row.object_id}${place}`;
    default:
      return table || `${row.locktype} ${row.object_id ?? ''}${place}`.trim();
  }
}

/** Sessions as they are kept, from the rows of `sessionsSql` and `locksSql`. */
export function seenSessions(rows: readonly SqlRow[], locks: readonly SqlRow[]): SeenSession[] {
  const byPid = new Map(locks.map((lock) => [Number(lock.pid), lock]));
  return rows.map((row) => {
    const lock = byPid.get(Number(row.pid));
    const blockedBy = row.blocked_by ? String(row.blocked_by).split(', ').map(Number) : [];
    const kind = String(row.kind);
    const text = textOrNull(row.query);
    const session: SeenSession = {
      pid: Number(row.pid),
      start: String(row.backend_start),
      user: textOrNull(row.username),
      db: textOrNull(row.database),
      app: textOrNull(row.application) ?? '',
      host: String(row.client),
      state: textOrNull(row.state),
    };
    const wait = textOrNull(row.wait);
    const xact = numberOr(row.xact_seconds);
    const since = numberOr(row.state_seconds);
    if (kind !== 'client backend') session.type = kind;
    if (wait !== null) session.wait = wait;
    if (xact !== undefined) session.xact = xact;
    if (since !== undefined) session.since = since;
    if (row.query_id !== null) session.query = String(row.query_id);
    if (text !== null && text !== '') session.text = text;
    if (Number(row.workers) > 0) session.workers = Number(row.workers);
    if (blockedBy.length > 0) session.blockedBy = blockedBy;
    if (lock) {
      session.lock = {
        mode: String(lock.mode),
        object: lockObject(lock),
        seconds: numberOr(lock.seconds) ?? null,
      };
      if (lock.held !== null) session.lock.held = String(lock.held);
      if (lock.prepared !== null) session.prepared = String(lock.prepared);
    }
    return session;
  });
}

/** What is kept of a session for later: a text only where its query id does not tell it, or where it will be asked for. */
export function keptSession(session: SeenSession, blockers: ReadonlySet<number>): SeenSession {
  const { text, ...rest } = session;
  if (text === undefined) return rest;
  const isWanted =
    session.query === undefined ||
    session.blockedBy !== undefined ||
    blockers.has(session.pid) ||
    (session.xact ?? 0) > oldSeconds;
  return isWanted ? { ...rest, text: text.slice(0, storedTextLength).replace(/[\uD800-\uDBFF]$/, '') } : rest;
}

/** The rows of the check, one per session. */
export function checkRows(sessions: readonly SeenSession[]): CheckRow[] {
  return sessions.map((session) => ({
    pid: String(session.pid),
    backend_start: session.start,
    username: session.user,
    database: session.db,
    application: session.app,
    client: session.host,
    kind: session.type ?? 'client',
    state: session.state,
    wait: session.wait ?? null,
    xact_seconds: session.xact ?? null,
    state_seconds: session.since ?? null,
    query_id: session.query ?? null,
    query: session.text ?? null,
    workers: session.workers ?? 0,
    blocked_by: session.blockedBy?.join(', ') ?? null,
    lock_mode: session.lock?.mode ?? null,
    lock_object: session.lock?.object ?? null,
    waiting_seconds: session.lock?.seconds ?? null,
  }));
}
