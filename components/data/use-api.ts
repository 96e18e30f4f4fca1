'use client';

import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import { type ApiError, api } from '@/components/data/api';
import { useLiveState } from '@/components/data/live';

export interface UseApiOptions {
  /**
   * Hints that make the data old: `'run'` (any run) or `'run:<id>'`. Topics: instance, run, plan, worker,
   * scorecard, cluster, test.
   */
  topics?: readonly string[];
  /** Asked again this often even without a hint; 60 s unless said, 10 s while the live stream is away. */
  pollSeconds?: number;
  enabled?: boolean;
  /** Keep showing the rows of the former query (another range, another filter) until the new ones are here. */
  keepPrevious?: boolean;
}

/** Reads one GET of the API and keeps it fresh: by hints of the stream, by polling without it. */
export function useApi<T>(
  path: string,
  schema: z.ZodType<T>,
  options: UseApiOptions = {},
): UseQueryResult<T, ApiError> {
  const live = useLiveState();
  const pollSeconds = live === 'live' ? (options.pollSeconds ?? 60) : Math.min(options.pollSeconds ?? 60, 10);
  return useQuery<T, ApiError>({
    queryKey: [path],
    queryFn: ({ signal }) => api.get(path, schema, { signal }),
    refetchInterval: pollSeconds * 1000,
    enabled: options.enabled ?? true,
    placeholderData: options.keepPrevious ? keepPreviousData : undefined,
    meta: { topics: options.topics ?? [] },
  });
}
