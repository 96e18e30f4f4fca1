import type { Fleet, FleetCluster } from '@/lib/contract/fleet';
import type { Level } from '@/lib/engine/define-check';
import { worstLevel } from '@/lib/engine/judge';
import { sparklinesOf } from '@/lib/queries/sparklines';
import { catalogue } from '@/lib/registry/descriptors';
import { listClusters } from '@/lib/store/clusters';
import { uncollectedInstances } from '@/lib/store/collector-leases';
import type { Store } from '@/lib/store/db';
import { type LevelCounts, listFindings, openLevels } from '@/lib/store/finding-reads';
import { newestResults, storedTotals } from '@/lib/store/fleet-reads';
import { type InstanceRow, listInstances } from '@/lib/store/instances';
import { newestProofs } from '@/lib/store/recovery-reads';

const worstAtMost = 3;
/** The check whose rows are the databases, with their bytes. */
const sized = catalogue.checks.flatMap(({ id, onFleet }) =>
  onFleet?.as === 'total' ? [{ id, column: onFleet.column }] : [],
)[0];
const rank: Record<Level, number> = { crit: 0, warn: 1, unknown: 2, ok: 3 };

/** Every cluster with what is wrong, how it moves and how old that knowledge is, the worst first. Nine statements. */
export async function fleet(db: Store, now: Date = new Date()): Promise<Fleet> {
  const [clusters, allInstances, levels, open, newest, sizes, uncollected, proofs] = await Promise.all([
    listClusters(db),
    listInstances(db),
    openLevels(db),
    listFindings(db, { open: true, limit: 500 }),
    newestResults(db),
    sized ? storedTotals(db, sized.id, sized.column) : new Map(),
    uncollectedInstances(db),
    newestProofs(db),
  ]);
  const instances = allInstances.filter(({ state }) => state !== 'removed');
  const active = new Set(instances.filter(({ state }) => state === 'active').map(({ id }) => id));
  const led = clusters.map((cluster) =>
    leaderOf(instances.filter(({ cluster_id: id }) => id === cluster.id)),
  );
  const sparklines = await sparklinesOf(
    db,
    led.flatMap((instance) => (instance ? [instance.id] : [])),
    now,
  );
  const items = clusters.map((cluster, index): FleetCluster => {
    const own = instances.filter(({ cluster_id: id }) => id === cluster.id);
    const counts: LevelCounts = { crit: 0, warn: 0, unknown: 0 };
    for (const level of levels) {
      if (level.cluster_id === cluster.id && active.has(level.instance_id)) counts[level.level] += level.n;
    }
    const unmeasured = own.reduce((sum, { id }) => sum + (newest.get(id)?.unmeasured ?? 0), 0);
    counts.unknown += unmeasured;
    const leader = led[index];
    const size = leader && sizes.get(leader.id);
    const observed = own.map(({ id }) => newest.get(id)?.at ?? '').sort();
    return {
      id: cluster.id,
      name: cluster.name,
      environment: cluster.environment,
      isProduction: cluster.is_production,
      level: levelOf(counts),
      findings: counts,
      worst: open.rows
        .filter(({ cluster_id: id }) => id === cluster.id)
        .slice(0, worstAtMost)
        .map(({ id, level, sentence }) => ({ id, level, sentence })),
      instances: own.map((instance) => ({
        id: instance.id,
        name: instance.name,
        host: instance.host,
        port: instance.port,
        role: instance.role,
        state: instance.state === 'removed' ? 'paused' : instance.state,
        reachable: instance.reachable,
        lastError: instance.last_error,
        lastSeenAt: instance.last_seen_at,
        serverVersionNum: instance.server_version_num,
        level: worstLevel(
          levels.filter(({ instance_id: id }) => id === instance.id).map(({ level }) => level),
        ),
      })),
      databases: size?.databases ?? null,
      bytes: size?.bytes ?? null,
      sparklines: (leader && sparklines.get(leader.id)) ?? [],
      lastBackup: proofs.get(cluster.id)?.backup ?? null,
      lastDrill: proofs.get(cluster.id)?.drill ?? null,
      observedAt: observed.at(-1) || null,
    };
  });
  items.sort((left, right) => worseFirst(left, right));
  return { now: now.toISOString(), clusters: items, uncollected };
}

/** Whose figures stand for the cluster: the primary, else whoever answers. */
function leaderOf(instances: readonly InstanceRow[]): InstanceRow | undefined {
  const answering = instances.filter(({ state, reachable }) => state === 'active' && reachable === true);
  return (
    answering.find(({ role }) => role === 'primary') ??
    instances.find(({ state, role }) => state === 'active' && role === 'primary') ??
    answering[0]
  );
}

function levelOf(counts: LevelCounts): Level {
  return counts.crit > 0 ? 'crit' : counts.warn > 0 ? 'warn' : counts.unknown > 0 ? 'unknown' : 'ok';
}

function worseFirst(left: FleetCluster, right: FleetCluster): number {
  return (
    rank[left.level] - rank[right.level] ||
    right.findings.crit - left.findings.crit ||
    right.findings.warn - left.findings.warn ||
    left.name.localeCompare(right.name)
  );
}
