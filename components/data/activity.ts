'use client';

import { withQuery } from '@/components/data/api';
import { type Range, rangeQuery } from '@/components/data/range';
import { useApi } from '@/components/data/use-api';
import { episodesSchema, locksSchema, sessionsSchema } from '@/lib/contract/activity';
import { type Load, type LoadSlice, loadSchema } from '@/lib/contract/load';

export type LoadFilters = Partial<Record<LoadSlice, string>>;

/** The load over the page's range. A window that is over does not change; a moving one is asked for at each hint. */
export function useLoad(id: string, range: Range, asked: { by: string; of: string; filters: LoadFilters }) {
  const { by, of, filters } = asked;
  return useApi(
    withQuery(`/api/v1/instances/${id}/load`, { ...rangeQuery(range), by, of, ...filters, maxPoints: 240 }),
    loadSchema,
    { topics: range.name ? [`instance:${id}`] : [], pollSeconds: range.name ? 30 : 600, keepPrevious: true },
  );
}

/** The window of an answer as it was so many seconds earlier; it moves on once a minute. */
export function useEarlierLoad(
  id: string,
  answer: Load | undefined,
  compareSeconds: number | null,
  filters: LoadFilters,
) {
  const minute = (at: string) => Math.floor(Date.parse(at) / 60_000) * 60_000;
  const iso = (at: string) => new Date(minute(at) - (compareSeconds ?? 0) * 1000).toISOString();
  const window = answer ? { from: iso(answer.from), to: iso(answer.to), by: answer.by, of: answer.of } : {};
  return useApi(
    withQuery(`/api/v1/instances/${id}/load`, { ...window, ...filters, maxPoints: 240 }),
    loadSchema,
    { enabled: answer !== undefined && compareSeconds !== null, pollSeconds: 600, keepPrevious: true },
  );
}

/** The sessions now, or at a moment (ISO 8601). */
export function useSessions(id: string, at: string) {
  return useApi(withQuery(`/api/v1/instances/${id}/sessions`, { at }), sessionsSchema, {
    topics: at ? [] : [`instance:${id}`],
    pollSeconds: at ? 600 : 10,
    keepPrevious: true,
  });
}

/** Who waits for whom, now or at a moment (ISO 8601). */
export function useLocks(id: string, at: string) {
  return useApi(withQuery(`/api/v1/instances/${id}/locks`, { at }), locksSchema, {
    topics: at ? [] : [`instance:${id}`],
    pollSeconds: at ? 600 : 10,
    keepPrevious: true,
  });
}

export function useEpisodes(id: string, range: Range) {
  return useApi(
    withQuery(`/api/v1/instances/${id}/lock-episodes`, { ...rangeQuery(range), limit: 500 }),
    episodesSchema,
    { topics: range.name ? [`instance:${id}`] : [], pollSeconds: 30, keepPrevious: true },
  );
}
