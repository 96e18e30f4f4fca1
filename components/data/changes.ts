'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { type ApiError, api, withQuery } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import { changesSchema, markSetSchema, type NewMark } from '@/lib/contract/changes';

export interface ChangesFilter {
  clusterId?: string;
  instanceId?: string;
  kind?: string;
  range?: string | null;
  from?: string | null;
  to?: string | null;
  limit?: number;
}

/** What changed, newest first, with runs among it unless kinds are named. */
export function useChanges(filter: ChangesFilter) {
  return useApi(withQuery('/api/v1/changes', { ...filter }), changesSchema, {
    topics: ['change', 'run', 'cluster'],
    keepPrevious: true,
  });
}

export function useSetMark() {
  const client = useQueryClient();
  return useMutation<z.infer<typeof markSetSchema>, ApiError, NewMark>({
    mutationFn: (body) => api.post('/api/v1/marks', body, markSetSchema),
    onSuccess: () =>
      client.invalidateQueries({
        predicate: ({ meta }) => Array.isArray(meta?.topics) && meta.topics.includes('change'),
      }),
  });
}
