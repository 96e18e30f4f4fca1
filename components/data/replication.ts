'use client';

import { useApi } from '@/components/data/use-api';
import { replicationSchema } from '@/lib/contract/replication';

/** Who feeds whom in a cluster, each standby's row of the truth table, and which may serve reads. */
export function useReplication(clusterId: string) {
  return useApi(`/api/v1/clusters/${clusterId}/replication`, replicationSchema, {
    topics: [`cluster:${clusterId}`, 'instance'],
    pollSeconds: 15,
  });
}
