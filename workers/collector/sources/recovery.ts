import type { CheckRow } from '@/lib/engine/define-check';
import {
  exposureRows,
  holeRows,
  missedRow,
  repositoryRow,
  type SavedCopy,
  savedRow,
} from '@/lib/engine/recovery-rows';
import { jobs } from '@/lib/registry/jobs.gen';
import { savedDumps } from '@/lib/store/backup-catalog';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { findInstance } from '@/lib/store/instances';
import { missedClause, missedSchedules } from '@/lib/store/missed-schedules';
import { type ClusterRecovery, clusterRecovery } from '@/lib/store/recovery-window';
import type { Source, SourceDeps } from '@/workers/collector/sources/source';

/** The checks of one round share one reading. */
const sharedForMs = 5_000;

const shared = new Map<string, { at: number; recovery: Promise<ClusterRecovery> }>();

/** The next reading is a new one: for tests, which change what is stored faster than a round. */
export function forgetSharedRecovery(): void {
  shared.clear();
}

function recoveryOf(db: Store, clusterId: string): Promise<ClusterRecovery> {
  const now = performance.now();
  for (const [id, { at }] of shared) if (now - at > sharedForMs) shared.delete(id);
  const known = shared.get(clusterId) ?? { at: now, recovery: clusterRecovery(db, clusterId) };
  shared.set(clusterId, known);
  return known.recovery;
}

type RowsOf = (
  deps: SourceDeps,
  clusterId: string,
  recovery: ClusterRecovery,
) => Promise<CheckRow[]> | CheckRow[];

/** Rows from what workers have stored of a cluster’s repositories: nothing is asked of the server itself. */
function recoverySource(rowsOf: RowsOf): (deps?: SourceDeps) => Source {
  return (deps) => ({
    collect: async ({ instanceId }) => {
      const started = performance.now();
      const durationMs = () => performance.now() - started;
      if (!deps) {
        return {
          answer: { state: 'unknown', reason: 'A trial has no backups.', mend: null, durationMs: 0 },
        };
      }
      const instance = await findInstance(deps.db, instanceId);
      const rows = instance
        ? await rowsOf(deps, instance.cluster_id, await recoveryOf(deps.db, instance.cluster_id))
        : [];
      return { answer: { state: 'ok', rows, serverEpoch: Date.now() / 1000, durationMs: durationMs() } };
    },
  });
}

/** Missing and damaged segments of each repository’s archive. */
export const makeHolesSource = recoverySource((_deps, _clusterId, { repositories }) =>
  repositories.flatMap(({ ordinal, look, windows }) => {
    const others = repositories.filter((other) => other.ordinal !== ordinal);
    return holeRows(
      ordinal,
      look,
      windows[0],
      others.flatMap((other) => other.windows.slice(0, 1)),
    );
  }),
);

/** How each repository was last read, and a stop file. */
export const makeRepositoriesSource = recoverySource((_deps, _clusterId, { stanza, look, repositories }) =>
  stanza?.state === 'active'
    ? repositories.map(({ ordinal, look: own }, index) =>
        repositoryRow(ordinal, own, {
          stopFile: index === 0 ? look.stopFile : null,
          nowSeconds: Date.now() / 1000,
        }),
      )
    : [],
);

/** What is saved, physical sets and dumps together. */
export const makeSavedSource = recoverySource(
  async ({ db }, clusterId, { sets, restorableIds, repositories }) => {
    const lookedAt = new Map(
      repositories.map(({ ordinal, look }) => [
        ordinal,
        look.lookedAt === null ? 0 : Date.parse(look.lookedAt) / 1000,
      ]),
    );
    const all = sets.map((set) => ({
      label: set.label,
      isPhysical: true,
      isFull: set.method === 'full',
      hasErrors: set.hasErrors && set.state === 'ready',
      isUsable: restorableIds.has(set.id),
      stoppedAt: set.stoppedAt,
      // A run registers its backup a moment before anybody has looked whether its WAL is there: that proves nothing yet.
      isTooNew: set.state === 'ready' && set.stoppedAt > (lookedAt.get(set.repository) ?? 0),
    }));
    const physical: SavedCopy[] = all.filter((set) => set.isUsable || set.hasErrors || !set.isTooNew);
    const dumps = (await savedDumps(db, clusterId)).map(
      ({ database, stoppedAt, state }): SavedCopy => ({
        label: `dump of ${database}`,
        isPhysical: false,
        isFull: false,
        hasErrors: false,
        isUsable: state === 'ready',
        stoppedAt,
      }),
    );
    const known = [...physical, ...dumps];
    if (known.length === 0 && all.length > 0) return [];
    return [savedRow(known, Date.now() / 1000)];
  },
);

/** What would be lost now, against what may be. */
export const makeExposureSource = recoverySource(async ({ db }, clusterId, { archiver }) => {
  const cluster = await findCluster(db, clusterId);
  return exposureRows(archiver?.state === 'ok' ? archiver : undefined, cluster?.rpo_seconds ?? 300);
});

/** Schedules of kinds that make backups whose last moment brought none. */
export const makeMissedSource = recoverySource(async ({ db }, clusterId) => {
  const making = Object.entries(jobs).filter(([, job]) => job.permission === 'backup' && job.schedulable);
  const kinds = making.map(([id]) => id);
  const missed = await missedSchedules(db, kinds, { clusterId });
  const now = Date.now() / 1000;
  return missed.map((each) => {
    const dueAt = each.dueAt === null ? now : Date.parse(each.dueAt) / 1000;
    return missedRow(
      { ...each, dueAt, title: jobs[each.kind]?.title ?? each.kind, reason: missedClause(each) },
      now,
    );
  });
});
