import { PlumblineError } from '@/lib/base/errors';
import { type MomentSearch, momentSearchSchema } from '@/lib/contract/moments';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { listEvidence } from '@/lib/store/proof-reads';

const searchesAtMost = 20;

/** The last searches for a loss in a cluster's WAL, the newest first; those of another shape are left out. */
export async function momentSearches(
  db: Store,
  clusterId: string,
): Promise<{ clusterName: string; items: MomentSearch[] }> {
  const cluster = await findCluster(db, clusterId);
  if (!cluster) throw new PlumblineError('not-found', 'There is no such cluster.');
  const rows = await listEvidence(db, { clusterId, type: 'moment', limit: searchesAtMost });
  return {
    clusterName: cluster.name,
    items: rows.flatMap(({ id, runId, observedAt, facts }) => {
      const search = momentSearchSchema.safeParse({ ...facts, id, runId, observedAt });
      return search.success ? [search.data] : [];
    }),
  };
}
