import type { ChecksOverview } from '@/lib/contract/checks-overview';
import { isOwnCheck, ownCheckId } from '@/lib/engine/own-checks';
import { ownDescriptor } from '@/lib/queries/known-checks';
import { catalogue } from '@/lib/registry/descriptors';
import { resultsByCheck } from '@/lib/store/check-overview-reads';
import type { Store } from '@/lib/store/db';
import { openLevels } from '@/lib/store/finding-reads';
import { listInstances } from '@/lib/store/instances';
import { listOwnChecks } from '@/lib/store/own-checks';

/** All checks, of the catalogue and of people's own, with their state over all active servers. Four statements. */
export async function checksOverview(db: Store): Promise<ChecksOverview> {
  const [own, results, levels, instances] = await Promise.all([
    listOwnChecks(db, { removed: false }),
    resultsByCheck(db),
    openLevels(db),
    listInstances(db),
  ]);
  const enabled = new Map(own.map((row) => [ownCheckId(row.name), row.enabled]));
  const active = new Set(instances.filter(({ state }) => state === 'active').map(({ id }) => id));
  const counts = {
    crit: new Map<string, number>(),
    warn: new Map<string, number>(),
    unknown: new Map<string, number>(),
  };
  for (const { check_id: id, instance_id: instanceId, level, n } of levels) {
    if (active.has(instanceId)) counts[level].set(id, (counts[level].get(id) ?? 0) + n);
  }
  const all = [...catalogue.checks, ...own.map(({ definition }) => ownDescriptor(definition))];
  return {
    items: all.map(({ id, title, why, target, runsOn, everySeconds }) => {
      const seen = results.get(id);
      return {
        ...{ id, title, why, target, runsOn, everySeconds },
        own: isOwnCheck(id),
        enabled: enabled.get(id) ?? true,
        servers: seen?.servers ?? 0,
        unmeasured: seen?.unmeasured ?? 0,
        crit: counts.crit.get(id) ?? 0,
        warn: counts.warn.get(id) ?? 0,
        unknown: counts.unknown.get(id) ?? 0,
        newestAt: seen?.newestAt ?? null,
        slowestMs: seen?.slowestMs ?? null,
      };
    }),
  };
}
