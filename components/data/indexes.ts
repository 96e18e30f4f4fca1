'use client';

import { useApi } from '@/components/data/use-api';
import { instanceIndexesSchema } from '@/lib/contract/indexes';

/** Indexes of an instance with usage and verdict, bare foreign keys, and the newest advice. */
export function useIndexes(id: string) {
  return useApi(`/api/v1/instances/${id}/indexes`, instanceIndexesSchema, {
    // Read every ten minutes: a hint at each tick of the instance would only send the same thousands of rows again.
    topics: ['run'],
    pollSeconds: 30,
  });
}
