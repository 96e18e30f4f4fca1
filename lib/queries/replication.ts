import { PlumblineError } from '@/lib/base/errors';
import type { Replication, ReplicationServer } from '@/lib/contract/replication';
import { defaultLagMs, readClasses, silentSince, staleAfterSeconds } from '@/lib/engine/can-read';
import { primaryOf } from '@/lib/engine/primary';
import { verdictOn } from '@/lib/queries/can-read';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { type ClusterServer, clusterServers, verdictsOfCluster } from '@/lib/store/standby-reads';
import { afterSilence, type CountedVerdict } from '@/lib/store/standby-states';

/**
 * The truth table of a cluster: who feeds whom, each standby's state from both sides, and which may serve reads.
 *
 * @throws PlumblineError `not-found`
 */
export async function replicationOfCluster(
  db: Store,
  clusterId: string,
  now: Date = new Date(),
): Promise<Replication> {
  const cluster = await findCluster(db, clusterId);
  if (!cluster) {
    throw new PlumblineError('not-found', 'There is no such cluster.', {
      next: 'It may have been removed; look at the list of clusters.',
    });
  }
  const [servers, verdicts] = await Promise.all([
    clusterServers(db, clusterId),
    verdictsOfCluster(db, clusterId),
  ]);
  const primary = primaryOf(servers);
  return {
    clusterId,
    clusterName: cluster.name,
    primary: primary && {
      instanceId: primary.instance.id,
      name: primary.instance.name,
      caution: primary.caution,
    },
    lagMs: defaultLagMs,
    servers: servers.map((server) =>
      serverView(
        server,
        verdicts.filter((verdict) => verdict.instance_id === server.id),
        now,
      ),
    ),
  };
}

type StoredVerdict = Awaited<ReturnType<typeof verdictsOfCluster>>[number];

function countedOf(stored: StoredVerdict | undefined): CountedVerdict | undefined {
  if (!stored) return undefined;
  const { ready, reason, since, became_ready: becameReady, became_unready: becameUnready } = stored;
  return { ready, reason, since, becameReady, becameUnready };
}

function serverView(server: ClusterServer, stored: readonly StoredVerdict[], now: Date): ReplicationServer {
  const isStandby = server.role === 'standby';
  const ageSeconds = server.observedAt ? (now.getTime() - Date.parse(server.observedAt)) / 1000 : null;
  const { id, name, host, port, role, reachable, timeline } = server;
  return {
    ...{ instanceId: id, name, host, port, role, reachable, timeline },
    watched: server.state === 'active',
    upstreamId: isStandby ? server.upstreamId : null,
    observedAt: isStandby ? server.observedAt : null,
    stale: isStandby && (ageSeconds === null || ageSeconds > staleAfterSeconds),
    standby: isStandby ? server.facts : null,
    reads: isStandby
      ? readClasses.map((each) => {
          const verdict = verdictOn(server, { class: each, lagMs: defaultLagMs }, now);
          const counted = countedOf(stored.find((found) => found.class === each));
          const silentMs = silentSince(server.samples ?? [], now.getTime());
          // Without a tick nobody counts: that it is not ready any more by silence alone is reckoned here.
          const present =
            counted && silentMs !== undefined && !verdict.ready
              ? afterSilence(counted, new Date(silentMs).toISOString())
              : counted;
          return {
            class: each,
            ...verdict,
            since: present?.since ?? null,
            becameReady: present?.becameReady ?? 0,
            becameUnready: present?.becameUnready ?? 0,
          };
        })
      : [],
  };
}
