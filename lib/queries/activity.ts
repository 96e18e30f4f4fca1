import { ageSeconds } from '@/lib/base/time';
import type {
  ActiveSession,
  Episodes,
  EpisodesQuery,
  Locks,
  LockTreeNode,
  MomentQuery,
  SessionAct,
  Sessions,
} from '@/lib/contract/activity';
import type { CheckRow } from '@/lib/engine/define-check';
import { type LockNode, lockTree, type SeenSession } from '@/lib/engine/lock-tree';
import { isAllowed, type RoleName } from '@/lib/engine/roles';
import { sessionsCheck, sessionsResult } from '@/lib/queries/load';
import { shownText } from '@/lib/queries/statements';
import { isoOfEpoch, windowOf } from '@/lib/queries/window';
import type { StoredResult } from '@/lib/store/check-results';
import type { Store } from '@/lib/store/db';
import { queryTexts } from '@/lib/store/load-read';
import { readEpisodes } from '@/lib/store/lock-episodes';
import { readSnapshot } from '@/lib/store/session-snapshots';

const staleAfterSeconds = 30;

/** How texts are shown to a reader: as seen, by the query id, or not at all. */
interface Texts {
  mayReadLiterals: boolean;
  byId: ReadonlyMap<string, string>;
}

function sessionView(seen: SeenSession, texts: Texts): ActiveSession {
  const { lock } = seen;
  const own = seen.text ?? null;
  const known = seen.query === undefined ? null : (texts.byId.get(seen.query) ?? null);
  // What a session sent holds its constants; what the extension made of it does not.
  const shown =
    own !== null && texts.mayReadLiterals
      ? { text: own, textHidden: false }
      : known !== null
        ? shownText(known, texts.mayReadLiterals)
        : { text: null, textHidden: own !== null };
  return {
    pid: seen.pid,
    backendStart: seen.start,
    user: seen.user,
    database: seen.db,
    application: seen.app,
    client: seen.host,
    kind: seen.type ?? 'client',
    state: seen.state,
    wait: seen.wait ?? null,
    xactSeconds: seen.xact ?? null,
    stateSeconds: seen.since ?? null,
    queryId: seen.query ?? null,
    query: shown.text,
    queryHidden: shown.textHidden,
    workers: seen.workers ?? 0,
    blockedBy: seen.blockedBy ?? [],
    lock: lock ? { ...lock, held: lock.held ?? null } : null,
  };
}

async function textsFor(
  db: Store,
  role: RoleName,
  instanceId: string,
  sessions: readonly SeenSession[],
): Promise<Texts> {
  const ids = sessions.flatMap(({ query }) => query ?? []);
  const mayReadLiterals = isAllowed(role, 'statement-literals');
  return { mayReadLiterals, byId: await queryTexts(db, instanceId, ids) };
}

/** What can be done to a session, from the check that lists them. */
function sessionActs(): SessionAct[] {
  const fields: Record<string, 'pid' | 'backendStart'> = { pid: 'pid', backend_start: 'backendStart' };
  return (sessionsCheck?.fixedBy ?? []).map(({ job, label, input, when }) => ({
    job,
    label,
    states: when?.column === 'state' ? [...when.is] : null,
    input: Object.fromEntries(
      Object.entries(input).flatMap(([field, column]) => {
        const from = fields[column];
        return from ? [[field, from]] : [];
      }),
    ),
  }));
}

const standing = (result: StoredResult | undefined) => ({
  state: result?.state ?? null,
  reason: result?.reason ?? null,
  mend: result?.mend ?? null,
});

interface Moment {
  at: string | null;
  total: number;
  sessions: SeenSession[];
  result: StoredResult | undefined;
}

/** The list of a moment; without one the newest, with the texts that only it has. */
async function momentOf(db: Store, instanceId: string, query: MomentQuery): Promise<Moment> {
  const live = query.at === undefined;
  const result = await sessionsResult(db, instanceId, live);
  const snapshot = await readSnapshot(db, instanceId, query.at);
  if (!snapshot) return { at: null, total: 0, sessions: [], result };
  if (!live || result?.state !== 'ok' || result.observed_at !== snapshot.at)
    return { at: snapshot.at, total: snapshot.total, sessions: snapshot.sessions, result };
  const texts = new Map(result.rows.map((row: CheckRow) => [`${row.pid}@${row.backend_start}`, row.query]));
  const sessions = snapshot.sessions.map((session) => {
    const text = texts.get(`${session.pid}@${session.start}`);
    return typeof text === 'string' ? { ...session, text } : session;
  });
  return { at: snapshot.at, total: snapshot.total, sessions, result };
}

const isStale = (live: boolean, at: string | null, now: Date) =>
  live && at !== null && ageSeconds(at, now) > staleAfterSeconds;

/**
 * The sessions that were not idle, now or at a moment of the past.
 *
 * @throws PlumblineError `not-found`
 */
export async function sessionsOfInstance(
  db: Store,
  role: RoleName,
  instanceId: string,
  query: MomentQuery,
  now: Date = new Date(),
): Promise<Sessions> {
  const { at, total, sessions, result } = await momentOf(db, instanceId, query);
  const texts = await textsFor(db, role, instanceId, sessions);
  const live = query.at === undefined;
  return {
    at,
    live,
    stale: isStale(live, at, now),
    total,
    items: sessions.map((session) => sessionView(session, texts)),
    acts: live ? sessionActs() : [],
    ...standing(result),
  };
}

function nodeView(node: LockNode, texts: Texts): LockTreeNode {
  return {
    ...node,
    session: node.session && sessionView(node.session, texts),
    children: node.children.map((child) => nodeView(child, texts)),
  };
}

/**
 * Who waits for whom, now or at a moment of the past, roots first.
 *
 * @throws PlumblineError `not-found`
 */
export async function locksOfInstance(
  db: Store,
  role: RoleName,
  instanceId: string,
  query: MomentQuery,
  now: Date = new Date(),
): Promise<Locks> {
  const { at, sessions, result } = await momentOf(db, instanceId, query);
  const texts = await textsFor(db, role, instanceId, sessions);
  const live = query.at === undefined;
  return {
    at,
    live,
    stale: isStale(live, at, now),
    roots: lockTree(sessions).map((root) => nodeView(root, texts)),
    acts: live ? sessionActs() : [],
    ...standing(result),
  };
}

function allSessions(node: LockNode): SeenSession[] {
  return [...(node.session ? [node.session] : []), ...node.children.flatMap(allSessions)];
}

function rootWords({ kind, pid, session, prepared }: LockNode): string {
  if (kind === 'prepared') return `prepared transaction ${prepared ?? ''}`.trim();
  if (kind === 'unseen' || !session) return `process ${pid}`;
  const who = session.user ?? session.type ?? 'unknown';
  const place = session.db === null ? '' : ` in ${session.db}`;
  const what = session.type ? `, ${session.type}` : '';
  return kind === 'deadlock'
    ? `a deadlock around process ${pid} of ${who}${place}`
    : `process ${pid} of ${who}${place}${what}`;
}

/**
 * Episodes of blocking that touch a window, newest first.
 *
 * @throws PlumblineError `not-found`
 */
export async function episodesOfInstance(
  db: Store,
  role: RoleName,
  instanceId: string,
  query: EpisodesQuery,
  now: Date = new Date(),
): Promise<Episodes> {
  await sessionsResult(db, instanceId, false);
  const window = windowOf(query, now);
  const from = isoOfEpoch(window.from);
  const to = isoOfEpoch(window.to);
  const rows = await readEpisodes(db, { instanceId, from, to, limit: query.limit });
  const texts = await textsFor(
    db,
    role,
    instanceId,
    rows.flatMap(({ root, worst }) => [...allSessions(root), ...allSessions(worst)]),
  );
  return {
    from,
    to,
    items: rows.map((row) => {
      const root = nodeView(row.root, texts);
      const waited = allSessions(row.worst)
        .filter(({ lock }) => lock !== undefined)
        .sort((left, right) => (right.lock?.seconds ?? 0) - (left.lock?.seconds ?? 0))[0];
      return {
        id: row.id,
        startedAt: row.started_at,
        lastSeenAt: row.last_seen_at,
        endedAt: row.ended_at,
        seconds: (Date.parse(row.ended_at ?? row.last_seen_at) - Date.parse(row.started_at)) / 1000,
        root: rootWords(row.root),
        rootState: row.root.session?.state ?? null,
        rootQuery: root.session?.query ?? null,
        queryHidden: root.session?.queryHidden ?? false,
        victimsMax: row.victims_max,
        longestWaitSeconds: row.longest_wait_seconds,
        wanted: waited?.lock ? `${waited.lock.mode} on ${waited.lock.object}` : null,
        worst: nodeView(row.worst, texts),
      };
    }),
  };
}
