'use client';

import { withQuery } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import { recoverySchema } from '@/lib/contract/recovery';

/** What a restore of a cluster could reach, over a range that ends now. */
export function useRecovery(clusterId: string, range: string) {
  return useApi(withQuery(`/api/v1/clusters/${clusterId}/recovery`, { range }), recoverySchema, {
    topics: [`cluster:${clusterId}`, 'run'],
    pollSeconds: 15,
    keepPrevious: true,
  });
}
