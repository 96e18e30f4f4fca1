import type { LastKnown } from '@/lib/engine/define-job';
import type { Store } from '@/lib/store/db';
import { clusterRecovery } from '@/lib/store/recovery-window';

const iso = (epochSeconds: number | undefined): string | null =>
  epochSeconds === undefined ? null : new Date(epochSeconds * 1000).toISOString();

/** What is stored of a server and its cluster, each with its moment: all there is of one that no longer answers. */
export async function lastKnown(
  db: Store,
  of: { clusterId: string; instanceId: string },
): Promise<LastKnown> {
  const [instances, snapshot, recovery] = await Promise.all([
    db
      .selectFrom('instances')
      .select(['id', 'name', 'host', 'port', 'role', 'reachable', 'last_seen_at as seenAt'])
      .where('cluster_id', '=', of.clusterId)
      .where('state', '=', 'active')
      .orderBy('name')
      .execute(),
    db
      .selectFrom('server_snapshots')
      .select(['content', 'observed_at as observedAt'])
      .where('instance_id', '=', of.instanceId)
      .executeTakeFirst(),
    clusterRecovery(db, of.clusterId),
  ]);
  const settings = Object.entries(snapshot?.content.settings ?? {}).map(
    ([name, { value, source, print }]) => ({ name, value, source, isWhole: print === undefined }),
  );
  return {
    seenAt: instances.find(({ id }) => id === of.instanceId)?.seenAt ?? null,
    settings,
    settingsAt: snapshot?.observedAt ?? null,
    others: instances
      .filter(({ id }) => id !== of.instanceId)
      .map(({ name, host, port, role, reachable, seenAt }) => ({
        ...{ name, host, port, role, seenAt },
        answers: reachable === true,
      })),
    reachableUntil: iso(recovery.reachable.at(-1)?.to),
  };
}
