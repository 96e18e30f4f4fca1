import type { SqlRow } from '@/lib/engine/define-job';
import { lockTree, type SeenSession } from '@/lib/engine/lock-tree';
import { withTransaction } from '@/lib/instance/transaction';
import type { Store } from '@/lib/store/db';
import { appendLoad } from '@/lib/store/load';
import { LoadNames } from '@/lib/store/load-names';
import { recordBlocking, type SeenBlocking } from '@/lib/store/lock-episodes';
import { relationNames } from '@/lib/store/relation-names';
import { storeSnapshot } from '@/lib/store/session-snapshots';
import { checkRows, keptSession, seenSessions } from '@/workers/collector/sources/session-rows';
import { SessionSampler } from '@/workers/collector/sources/session-sampler';
import { locksSql, sessionsSql } from '@/workers/collector/sources/session-sql';
import type { Source, SourceAnswer, SourceContext } from '@/workers/collector/sources/source';

/** Sessions that are read at once: those that wait or block come first. */
const sessionsAtMost = 500;
/** Of them, so many are kept for later. */
const keptAtMost = 200;

/**
 * The sessions of an instance: a sampler runs between the ticks and counts each second what they do; each tick reads
 * them once with all that is worth knowing, keeps the list, and goes on with the episodes of blocking.
 */
export function makeSessionsSource(): Source {
  return sessionsSource(() => Date.now());
}

/** The same by another clock (epoch ms): ten seconds need not pass in a test. */
export function sessionsSource(now: () => number): Source {
  const sampler = new SessionSampler(now);
  const names = new LoadNames();
  return {
    stop: () => sampler.stop(),
    collect: async (context): Promise<SourceAnswer> => {
      const started = performance.now();
      const { rows, locks, total, serverEpoch } = await read(context);
      const sessions = seenSessions(rows, locks);
      sampler.attach(context.session, context.surroundings.user);
      const buckets = sampler.complete();
      return {
        answer: {
          state: 'ok',
          rows: checkRows(sessions),
          serverEpoch,
          durationMs: performance.now() - started,
        },
        store: async (db, at) => {
          await appendLoad(db, context.instanceId, buckets, names);
          const blockers = new Set(sessions.flatMap(({ blockedBy }) => blockedBy ?? []));
          const named = seenSessions(rows, await withNames(db, context.instanceId, locks));
          const kept = named.slice(0, keptAtMost).map((session) => keptSession(session, blockers));
          await storeSnapshot(db, context.instanceId, at, kept, total);
          await recordBlocking(db, context.instanceId, at, blockings(kept, at));
        },
        commit: () => sampler.forget(buckets),
        rollback: () => names.clear(),
      };
    },
  };
}

async function read({
  session,
  timeoutMs,
}: SourceContext): Promise<{ rows: SqlRow[]; locks: SqlRow[]; total: number; serverEpoch: number }> {
  const limits = { readOnly: true, statementTimeoutMs: timeoutMs, lockTimeoutMs: 1_000 };
  return withTransaction(session, limits, async (inner) => {
    const rows = await inner.query(sessionsSql, [sessionsAtMost]);
    const waiters = rows.filter((row) => row.blocked_by).map((row) => Number(row.pid));
    const locks = waiters.length > 0 ? await inner.query(locksSql, [waiters]) : [];
    return {
      rows,
      locks,
      total: Number(rows[0]?.total ?? 0),
      serverEpoch: inner.serverEpoch,
    };
  });
}

/**
 * Relations of other databases cannot be named from the one that is asked: their names are those of the last look at
 * the schema there.
 */
async function withNames(db: Store, instanceId: string, locks: readonly SqlRow[]): Promise<SqlRow[]> {
  const wanted = locks.flatMap(({ name, relation, database }) =>
    name === null && relation !== null && database !== null
      ? [{ database: String(database), oid: String(relation) }]
      : [],
  );
  const names = new Map(
    (await relationNames(db, instanceId, wanted)).map((each) => [`${each.oid} ${each.database}`, each]),
  );
  return locks.map((lock) => {
    const found = names.get(`${lock.relation} ${lock.database}`);
    return found && lock.name === null ? { ...lock, schema: found.schema, name: found.name } : lock;
  });
}

/** Each root with the longest wait behind it. */
function blockings(sessions: readonly SeenSession[], at: string): SeenBlocking[] {
  return lockTree(sessions).map((root) => {
    let longest = 0;
    const look = (node: typeof root) => {
      longest = Math.max(longest, node.session?.lock?.seconds ?? 0);
      node.children.forEach(look);
    };
    root.children.forEach(look);
    const since = new Date(Date.parse(at) - longest * 1000).toISOString();
    return { root, since, longestWaitSeconds: longest };
  });
}
