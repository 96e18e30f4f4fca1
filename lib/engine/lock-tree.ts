/** A session that did something at a moment, as it is kept; short names, since there is one list every ten seconds. */
export interface SeenSession {
  pid: number;
  /** backend_start in UTC, to the microsecond. */
  start: string;
  user: string | null;
  db: string | null;
  app: string;
  host: string;
  /** What it is, unless a client: `autovacuum`, `walsender` … */
  type?: string;
  state: string | null;
  wait?: string;
  /** Seconds that its transaction, and its state, have lasted. */
  xact?: number;
  since?: number;
  query?: string;
  /** Its present or last statement; not kept of each. */
  text?: string;
  /** Parallel workers that it leads. */
  workers?: number;
  /** Processes that it waits for; 0 is a prepared transaction. */
  blockedBy?: number[];
  lock?: { mode: string; object: string; seconds: number | null; held?: string };
  /** The prepared transaction that it waits for. */
  prepared?: string;
}

export interface LockNode {
  /** Names it for ever: number and start of a session, or the name of a prepared transaction. */
  key: string;
  /** `unseen`: a process that was not in the list. `deadlock`: those who wait for each other. */
  kind: 'session' | 'prepared' | 'unseen' | 'deadlock';
  pid: number;
  session: SeenSession | null;
  prepared: string | null;
  /** Further blockers than the one above it. */
  alsoBehind: number[];
  /** How many wait behind it, further ones too. */
  victims: number;
  children: LockNode[];
}

/**
 * Who waits for whom, from the root blockers down, those with the most victims first. A waiter stands once: under the
 * blocker that is nearest to a root.
 */
export function lockTree(sessions: readonly SeenSession[]): LockNode[] {
  const byPid = new Map(sessions.map((session) => [session.pid, session]));
  const waiters = sessions.filter((session) => (session.blockedBy?.length ?? 0) > 0);
  const waiting = new Set(waiters.map(({ pid }) => pid));
  const behind = new Map<string, SeenSession[]>();
  for (const waiter of waiters) {
    for (const pid of waiter.blockedBy ?? []) {
      const key = blockerKey(pid, waiter, byPid);
      behind.set(key, [...(behind.get(key) ?? []), waiter]);
    }
  }
  const placed = new Set<number>();
  const roots: LockNode[] = [];
  for (const waiter of waiters) {
    for (const pid of waiter.blockedBy ?? []) {
      const key = blockerKey(pid, waiter, byPid);
      if (waiting.has(pid) || roots.some((root) => root.key === key)) continue;
      roots.push(nodeOf(key, pid, byPid.get(pid) ?? null, pid === 0 ? (waiter.prepared ?? null) : null));
    }
  }
  grow(roots, behind, placed);
  // Whom no root reaches waits in a ring: the server ends one of them after deadlock_timeout.
  for (const waiter of waiters) {
    if (placed.has(waiter.pid)) continue;
    placed.add(waiter.pid);
    const root = { ...nodeOf(keyOf(waiter), waiter.pid, waiter, null), kind: 'deadlock' as const };
    grow([root], behind, placed);
    roots.push(root);
  }
  for (const root of roots) countVictims(root);
  return roots.sort((left, right) => right.victims - left.victims || left.pid - right.pid);
}

/** `123@2026-11-21 …`: the session, whoever has its number next. */
export function keyOf({ pid, start }: Pick<SeenSession, 'pid' | 'start'>): string {
  return `${pid}@${start}`;
}

function blockerKey(pid: number, waiter: SeenSession, byPid: ReadonlyMap<number, SeenSession>): string {
  if (pid === 0) return `prepared:${waiter.prepared ?? ''}`;
  const session = byPid.get(pid);
  return session ? keyOf(session) : `unseen:${pid}`;
}

function nodeOf(key: string, pid: number, session: SeenSession | null, prepared: string | null): LockNode {
  const kind = pid === 0 ? 'prepared' : session ? 'session' : 'unseen';
  return { key, kind, pid, session, prepared, alsoBehind: [], victims: 0, children: [] };
}

/** Level by level, so that everybody stands as near to a root as can be. */
function grow(
  level: LockNode[],
  behind: ReadonlyMap<string, readonly SeenSession[]>,
  placed: Set<number>,
): void {
  let nodes = level;
  while (nodes.length > 0) {
    const next: LockNode[] = [];
    for (const node of nodes) {
      for (const waiter of behind.get(node.key) ?? []) {
        if (placed.has(waiter.pid)) continue;
        placed.add(waiter.pid);
        const child = nodeOf(keyOf(waiter), waiter.pid, waiter, null);
        child.alsoBehind = (waiter.blockedBy ?? []).filter((pid) => pid !== node.pid);
        node.children.push(child);
        next.push(child);
      }
    }
    nodes = next;
  }
}

function countVictims(node: LockNode): number {
  node.victims = node.children.reduce((sum, child) => sum + 1 + countVictims(child), 0);
  return node.victims;
}
