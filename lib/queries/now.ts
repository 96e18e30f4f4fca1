import { type RangeName, rangeSeconds } from '@/lib/base/time';
import type { NowState, StatementMoveView } from '@/lib/contract/now';
import { isAllowed, type RoleName } from '@/lib/engine/roles';
import { shownText } from '@/lib/queries/statements';
import { isoOfEpoch } from '@/lib/queries/window';
import { catalogue } from '@/lib/registry/descriptors';
import { failedResults } from '@/lib/store/change-gaps';
import { listClusters } from '@/lib/store/clusters';
import { uncollectedInstances } from '@/lib/store/collector-leases';
import type { Store } from '@/lib/store/db';
import { listInstances } from '@/lib/store/instances';
import { moveLimits, type StatementMove, statementMoves } from '@/lib/store/statement-moves';
import { listWorkers } from '@/lib/store/worker-list';

/** Who does not answer: servers, and the workers that watch them. */
export async function nowState(db: Store, now: Date = new Date()): Promise<NowState> {
  const [clusters, instances, uncollected, workers] = await Promise.all([
    listClusters(db),
    listInstances(db),
    uncollectedInstances(db),
    listWorkers(db),
  ]);
  const names = new Map(clusters.map(({ id, name }) => [id, name]));
  const active = instances.filter(({ state, cluster_id: id }) => state === 'active' && names.has(id));
  const living = new Set(workers.filter(({ alive }) => alive).map(({ name }) => name));
  const dead = workers.filter(({ alive, state, name }) => !alive && state !== 'stopped' && !living.has(name));
  return {
    now: now.toISOString(),
    clusters: clusters.length,
    instances: active.length,
    unreachable: active
      .filter(({ reachable }) => reachable === false)
      .map((instance) => ({
        id: instance.id,
        name: instance.name,
        clusterName: names.get(instance.cluster_id) ?? '',
        lastError: instance.last_error,
        lastSeenAt: instance.last_seen_at,
      })),
    uncollected,
    // The newest process of each name: a worker that was restarted five times is one worker.
    deadWorkers: dead
      .filter(({ name }, index) => dead.findIndex((other) => other.name === name) === index)
      .map(({ id, name, heartbeatAt }) => ({ id, name, heartbeatAt })),
    workersAlive: living.size,
  };
}

/** The checks that read statements: where they cannot, nothing is known of them. */
const readers = catalogue.checks.filter(({ rowsFrom }) => rowsFrom === 'statements').map(({ id }) => id);

/** Statements are compared with the day before the window. */
const beforeSeconds = rangeSeconds['24h'];

/** New and regressed statements of all servers; texts as the reader may see them. */
export async function movedStatements(
  db: Store,
  role: RoleName,
  query: { range: RangeName },
  now: Date = new Date(),
) {
  const to = now.getTime() / 1000;
  const from = to - rangeSeconds[query.range];
  const [moves, unknown] = await Promise.all([
    statementMoves(db, { from, to, beforeSeconds }),
    failedResults(db, readers, {}),
  ]);
  const mayReadLiterals = isAllowed(role, 'statement-literals');
  return {
    from: isoOfEpoch(from),
    to: isoOfEpoch(to),
    comparedFrom: isoOfEpoch(from - beforeSeconds),
    items: moves.map((move) => moveView(move, mayReadLiterals)),
    unknown,
    limits: moveLimits,
  };
}

function moveView(move: StatementMove, mayReadLiterals: boolean): StatementMoveView {
  const { isNew, callsBefore, totalMsBefore, text, ...rest } = move;
  return {
    ...rest,
    kind: isNew ? 'new' : 'regressed',
    ...shownText(text, mayReadLiterals),
    meanMs: move.totalMs / move.calls,
    meanMsBefore: isNew || !callsBefore || totalMsBefore === null ? null : totalMsBefore / callsBefore,
  };
}
