import { PlumblineError } from '@/lib/base/errors';
import type { CanRead, CanReadQuery } from '@/lib/contract/replication';
import { canRead, type ReadVerdict } from '@/lib/engine/can-read';
import { primaryOf } from '@/lib/engine/primary';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { type ClusterServer, clusterServers } from '@/lib/store/standby-reads';

/**
 * Which servers of a cluster may serve reads of a class now, at most so far behind; of one server when it is named.
 * One statement and no watched server is asked: the verdict is that of the last tick, and an old one is none.
 *
 * @throws PlumblineError `not-found` for an unknown cluster or server.
 */
export async function readersOfCluster(
  db: Store,
  clusterId: string,
  query: CanReadQuery,
  now: Date = new Date(),
): Promise<CanRead> {
  const servers = await clusterServers(db, clusterId);
  if (servers.length === 0 && !(await findCluster(db, clusterId))) {
    throw new PlumblineError('not-found', 'There is no such cluster.', {
      next: 'Look its id up in the list of clusters.',
    });
  }
  const named = query.instance?.toLowerCase();
  const asked = servers.filter(
    ({ id, name }) => named === undefined || id === named || name.toLowerCase() === named,
  );
  if (named !== undefined && asked.length === 0) {
    throw new PlumblineError('not-found', 'The cluster has no server of this id or name.', {
      next: 'Look its name up on the page of the cluster.',
    });
  }
  const instances = asked.map((server) => {
    const newest = server.samples?.at(-1);
    const { ready, reason } = verdictOn(server, query, now);
    return {
      ...{ id: server.id, name: server.name, host: server.host, port: server.port, role: server.role },
      ...{ ready, reason },
      lagSeconds: server.role === 'standby' ? (newest?.lagSeconds ?? null) : null,
      ageMs: server.role === 'standby' && newest ? Math.max(0, now.getTime() - newest.at) : null,
    };
  });
  const primary = primaryOf(servers);
  const isUsable = primary?.caution === null && primary.instance.state === 'active';
  return {
    clusterId,
    class: query.class,
    lagMs: query.lagMs,
    ready: instances.some(({ ready }) => ready),
    instances,
    fallback: isUsable ? placeOf(primary.instance) : null,
  };
}

function placeOf({ id, name, host, port }: ClusterServer) {
  return { id, name, host, port };
}

/** The verdict on one server; only a standby that is watched and answers can be ready. */
export function verdictOn(
  server: ClusterServer,
  { class: readClass, lagMs }: Pick<CanReadQuery, 'class' | 'lagMs'>,
  now: Date,
): ReadVerdict {
  const no = (reason: string) => ({ ready: false, reason });
  if (server.state !== 'active') return no(`it is not watched (${server.state})`);
  if (server.role === 'primary') return no('it is the primary: reads go there when no standby is ready');
  if (server.role === 'unknown') return no('it was never read');
  if (server.reachable === false) return no('it does not answer');
  return canRead(server.samples ?? [], readClass, lagMs, now.getTime());
}
