'use client';

import { useQuery } from '@tanstack/react-query';
import { type ApiError, api, withQuery } from '@/components/data/api';
import { useLiveState } from '@/components/data/live';
import { boundsOf, type Range, rangeQuery } from '@/components/data/range';
import { useApi } from '@/components/data/use-api';
import { instanceChecksSchema } from '@/lib/contract/checks';
import { instanceDetailSchema } from '@/lib/contract/instances';
import { type SeriesAnswer, seriesAnswerSchema } from '@/lib/contract/series';

export function useInstance(id: string) {
  return useApi(`/api/v1/instances/${id}`, instanceDetailSchema, {
    topics: [`instance:${id}`, 'cluster', 'test'],
  });
}

/** All checks of an instance with their state, age and latest rows. */
export function useInstanceChecks(id: string) {
  return useApi(`/api/v1/instances/${id}/checks`, instanceChecksSchema, {
    topics: [`instance:${id}`],
    pollSeconds: 30,
  });
}

export interface SeriesWindow {
  answer: SeriesAnswer;
  /** The same window earlier, when a comparison is asked for. */
  earlier: SeriesAnswer | undefined;
}

/** The series of several checks over the page's range, in one request (two with a comparison). */
export function useSeries(id: string, checks: readonly string[], range: Range) {
  const live = useLiveState();
  const list = checks.join(',');
  const path = `/api/v1/instances/${id}/series`;
  return useQuery<SeriesWindow, ApiError>({
    queryKey: [path, list, range.key, range.compareSeconds],
    enabled: checks.length > 0,
    placeholderData: (previous) => previous,
    // A closed window does not change; a moving one is asked for at each hint, and now and then without one.
    refetchInterval: range.name ? (live === 'live' ? 30_000 : 10_000) : false,
    meta: { topics: range.name ? [`instance:${id}`] : [] },
    queryFn: async ({ signal }) => {
      const window = { checks: list, maxPoints: 300 };
      const answer = api.get(withQuery(path, { ...window, ...rangeQuery(range) }), seriesAnswerSchema, {
        signal,
      });
      if (range.compareSeconds === null) return { answer: await answer, earlier: undefined };
      const { from, to } = boundsOf(range);
      const back = (at: number) => new Date(at - (range.compareSeconds ?? 0) * 1000).toISOString();
      const earlier = api.get(
        withQuery(path, { ...window, from: back(from), to: back(to) }),
        seriesAnswerSchema,
        {
          signal,
        },
      );
      return { answer: await answer, earlier: await earlier };
    },
  });
}
