'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { type ApiError, api, withQuery } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import { mutedSchema, mutesSchema, type NewMute, unmutedSchema } from '@/lib/contract/mutes';

const path = '/api/v1/mutes';

export function useMutes(filter: { clusterId?: string; state: 'active' | 'over' }, enabled = true) {
  return useApi(withQuery(path, filter), mutesSchema, { topics: ['cluster'], keepPrevious: true, enabled });
}

/** Muting and its undo; whatever shows or counts findings is read anew. */
export function useMuteActs() {
  const client = useQueryClient();
  const onSuccess = () =>
    client.invalidateQueries({
      predicate: ({ meta }) => Array.isArray(meta?.topics) && meta.topics.includes('cluster'),
    });
  return {
    mute: useMutation<z.infer<typeof mutedSchema>, ApiError, NewMute>({
      mutationFn: (body) => api.post(path, body, mutedSchema),
      onSuccess,
    }),
    unmute: useMutation<unknown, ApiError, string>({
      mutationFn: (id) => api.delete(`${path}/${id}`, unmutedSchema),
      onSuccess,
    }),
  };
}
