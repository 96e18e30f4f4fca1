import type { ReadSample } from '@/lib/engine/can-read';
import type { StandbyFacts } from '@/lib/engine/standby-facts';
import type { Store } from '@/lib/store/db';

/** A server of a cluster with what its last tick as a standby knew; the latter null where it never was one. */
export interface ClusterServer {
  id: string;
  name: string;
  host: string;
  port: number;
  state: 'draft' | 'active' | 'paused' | 'removed';
  role: 'primary' | 'standby' | 'unknown';
  timeline: number | null;
  reachable: boolean | null;
  lastSeenAt: string | null;
  upstreamId: string | null;
  observedAt: string | null;
  facts: StandbyFacts | null;
  samples: ReadSample[] | null;
}

/** All servers of a cluster that were not removed, by name, in one statement: load balancers ask every second. */
export async function clusterServers(db: Store, clusterId: string): Promise<ClusterServer[]> {
  return db
    .selectFrom('instances as instance')
    .leftJoin('standby_states as standby', 'standby.instance_id', 'instance.id')
    .select(['instance.id', 'instance.name', 'instance.host', 'instance.port', 'instance.state'])
    .select(['instance.role', 'instance.timeline', 'instance.reachable'])
    .select('instance.last_seen_at as lastSeenAt')
    .select(['standby.upstream_id as upstreamId', 'standby.observed_at as observedAt'])
    .select(['standby.facts', 'standby.samples'])
    .where('instance.cluster_id', '=', clusterId)
    .where('instance.state', '<>', 'removed')
    .orderBy('instance.name')
    .execute();
}

/** The counted verdicts of all servers of a cluster. */
export async function verdictsOfCluster(db: Store, clusterId: string) {
  return db
    .selectFrom('read_verdicts as verdict')
    .innerJoin('instances as instance', 'instance.id', 'verdict.instance_id')
    .selectAll('verdict')
    .where('instance.cluster_id', '=', clusterId)
    .execute();
}
