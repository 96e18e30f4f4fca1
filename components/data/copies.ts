'use client';

import { useQuery } from '@tanstack/react-query';
import { type ApiError, api, withQuery } from '@/components/data/api';
import { askRead, useRead } from '@/components/data/queries';
import { useApi } from '@/components/data/use-api';
import { copiesSchema, copySchema } from '@/lib/contract/copies';
import type { NewRead } from '@/lib/contract/reads';

/** Copies of a cluster, newest first; closed ones too unless only open ones are wanted. */
export function useCopies(clusterId: string, openOnly: boolean) {
  return useApi(withQuery('/api/v1/copies', { clusterId, open: openOnly }), copiesSchema, {
    topics: ['run'],
    pollSeconds: 15,
  });
}

export function useCopy(id: string) {
  return useApi(`/api/v1/copies/${encodeURIComponent(id)}`, copySchema, { topics: ['run'], pollSeconds: 15 });
}

/**
 * Asks a kind that only reads as soon as there is something to ask, and once for each different question; `refetch`
 * asks anew. The question is in the URL of its page, its answer is gone in minutes.
 */
export function useAnswer(question: NewRead | undefined) {
  const asked = useQuery<string, ApiError>({
    queryKey: ['ask', question],
    enabled: question !== undefined,
    retry: false,
    staleTime: 10 * 60_000,
    refetchOnWindowFocus: false,
    queryFn: () => askRead(question as NewRead),
  });
  const read = useRead(asked.data ?? '');
  return { asked, read };
}

export async function keepCopy(id: string, hours: number): Promise<void> {
  await api.patch(`/api/v1/copies/${id}`, { hours }, copySchema.pick({ expiresAt: true }));
}
