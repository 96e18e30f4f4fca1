import type { z } from 'zod';
import { PlumblineError } from '@/lib/base/errors';
import {
  defaultPolicy,
  type Retention,
  type RetentionPolicy,
  type retentionQuerySchema,
} from '@/lib/contract/retention';
import { judgeRetention, type RetentionGroup } from '@/lib/engine/retention';
import { catalogue } from '@/lib/registry/descriptors';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { findPolicy, shelfOf } from '@/lib/store/retention';
import { listSchedules } from '@/lib/store/schedules';
import { type StanzaRow, stanzaOfCluster } from '@/lib/store/stanzas';

type Asked = z.infer<typeof retentionQuerySchema>;

/** The kinds that remove backups say so by what they show. */
const expiryKinds = catalogue.jobs.filter(({ shows }) => shows === 'expiry');

function withAsked(policy: RetentionPolicy, asked: Asked): RetentionPolicy {
  const { logical, physical } = policy;
  return {
    logical: {
      daily: asked.daily ?? logical.daily,
      monthly: asked.monthly ?? logical.monthly,
      yearly: asked.yearly ?? logical.yearly,
    },
    physical: {
      weeklyFulls: asked.weeklyFulls ?? physical.weeklyFulls,
      dailyDiffs: asked.dailyDiffs ?? physical.dailyDiffs,
      walDays: asked.walDays ?? physical.walDays,
    },
    zone: asked.zone ?? policy.zone,
  };
}

/**
 * What retention keeps of a cluster and what an expiry would remove now, by the stored policy or by the numbers that are
 * asked for: the same judgement that the run makes again.
 *
 * @throws PlumblineError `not-found`
 */
export async function retention(db: Store, clusterId: string, asked: Asked): Promise<Retention> {
  const cluster = await findCluster(db, clusterId);
  if (!cluster) {
    throw new PlumblineError('not-found', 'There is no such cluster.', { next: 'See the list of clusters.' });
  }
  const [stored, shelf, schedules, stanza] = await Promise.all([
    findPolicy(db, clusterId),
    shelfOf(
      db,
      clusterId,
      expiryKinds.map(({ id }) => id),
    ),
    listSchedules(db, { clusterId }),
    stanzaOfCluster(db, clusterId),
  ]);
  const policy = withAsked(stored?.policy ?? defaultPolicy, asked);
  const onShelf = shelf.filter(({ isHalfGone }) => !isHalfGone);
  const groups = judgeRetention(onShelf, policy, new Date()).map((group) => leftAlone(group, stanza));
  const byId = new Map(onShelf.map((backup) => [backup.id, backup]));
  const backups = groups.flatMap((group) =>
    group.verdicts.flatMap(({ id, keeps, reasons }) => {
      const backup = byId.get(id);
      if (!backup) return [];
      const { type, database, label, method, workerName, finishedAt, bytes } = backup;
      return [{ id, type, database, label, method, workerName, finishedAt, bytes, keeps, reasons }];
    }),
  );
  const going = new Set(backups.filter(({ keeps }) => !keeps).map(({ id }) => id));
  const bytesOf = (group: RetentionGroup) =>
    group.verdicts.reduce((sum, { id }) => sum + (going.has(id) ? (byId.get(id)?.bytes ?? 0) : 0), 0);
  const [kind] = expiryKinds;
  return {
    clusterId,
    clusterName: cluster.name,
    policy,
    isDefault: stored === undefined,
    updatedAt: stored?.updatedAt ?? null,
    updatedByName: stored?.updatedByName ?? null,
    adopted: stanza?.state === 'active' && !stanza.isManaged ? stanza.name : null,
    groups: groups.map((group) => ({
      name:
        group.type === 'logical'
          ? (group.database ?? '')
          : `Whole server, repository ${group.repository ?? '?'}`,
      type: group.type,
      kept: group.verdicts.filter(({ keeps }) => keeps).length,
      goes: group.verdicts.filter(({ keeps }) => !keeps).length,
      bytesFreed: bytesOf(group),
      frozen: group.frozen,
      reachesBack: group.reachesBack,
    })),
    backups,
    bytesFreed: groups.reduce((sum, group) => sum + bytesOf(group), 0),
    expiry: kind
      ? {
          kind: kind.id,
          title: kind.title,
          isScheduled: schedules.some((schedule) => schedule.kind === kind.id && schedule.enabled),
        }
      : null,
  };
}

/** A group of backup sets that the run leaves alone, whatever the numbers say: they are of a stanza that is not ours. */
function leftAlone(group: RetentionGroup, stanza: StanzaRow | undefined): RetentionGroup {
  const why = group.type === 'physical' ? whyNotOurs(group, stanza) : null;
  if (why === null) return group;
  const reason = { rule: 'frozen' as const, text: `nothing goes while ${why}` };
  return {
    ...group,
    frozen: why,
    verdicts: group.verdicts.map((verdict) =>
      verdict.keeps ? verdict : { ...verdict, keeps: true, reasons: [...verdict.reasons, reason] },
    ),
    reachesBack: { before: group.reachesBack.before, after: group.reachesBack.before },
  };
}

function whyNotOurs({ stanzaId }: RetentionGroup, stanza: StanzaRow | undefined): string | null {
  if (stanza?.state !== 'active') return 'the cluster has no stanza in use';
  if (stanzaId !== stanza.id) return 'it is of a stanza that is no longer in use';
  return stanza.isManaged ? null : `the stanza ${stanza.name} is its owner’s, who expires it`;
}
