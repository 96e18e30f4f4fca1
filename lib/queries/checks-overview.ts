import { PlumblineError } from '@/lib/base/errors';
import type { CheckServers, ChecksOverview } from '@/lib/contract/checks-overview';
import { worstLevel } from '@/lib/engine/judge';
import { isOwnCheck, ownCheckId } from '@/lib/engine/own-checks';
import { isAllowed, type RoleName } from '@/lib/engine/roles';
import { knownCheck, ownDescriptor } from '@/lib/queries/known-checks';
import { catalogue } from '@/lib/registry/descriptors';
import { openFindingsOfCheck, resultsByCheck, serversOfCheck } from '@/lib/store/check-overview-reads';
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

const serversAtMost = 5_000;

/** One check with its newest result on each active server. @throws PlumblineError `not-found` */
export async function checkServers(db: Store, role: RoleName, id: string): Promise<CheckServers> {
  const check = await knownCheck(db, id);
  if (!check)
    throw new PlumblineError('not-found', 'There is no such check.', { next: 'See the list of checks.' });
  const [results, open] = await Promise.all([
    serversOfCheck(db, id, { limit: serversAtMost, words: isAllowed(role, 'statement-literals') }),
    openFindingsOfCheck(db, id),
  ]);
  const { title, why, source, everySeconds, feeds = null } = check;
  return {
    ...{ id, title, why, source, everySeconds, feeds },
    items: results.map(({ database, ...result }) => {
      const own = open.filter((each) => each.instanceId === result.instanceId && each.database === database);
      return {
        ...result,
        database: database || null,
        level: worstLevel([
          ...own.map(({ level }) => level),
          ...(result.state === 'ok' ? [] : ['unknown' as const]),
        ]),
        findings: own.reduce((sum, { n }) => sum + n, 0),
      };
    }),
  };
}
