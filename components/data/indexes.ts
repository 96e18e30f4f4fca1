'use client';

import { useApi } from '@/components/data/use-api';
import { instanceIndexesSchema } from '@/lib/contract/indexes';

/** Indexes of an instance with usage and verdict, bare foreign keys, and the newest advice. */
export function useIndexes(id: string) {
  return useApi(`/api/v1/instances/${id}/indexes`, instanceIndexesSchema, {
    topics: [`instance:${id}`, 'run'],
    pollSeconds: 60,
  });
}
