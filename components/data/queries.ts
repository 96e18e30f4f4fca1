'use client';

import { useQuery } from '@tanstack/react-query';
import { type ApiError, api, withQuery } from '@/components/data/api';
import { type Range, rangeQuery } from '@/components/data/range';
import { useApi } from '@/components/data/use-api';
import { rangeSeconds } from '@/lib/base/time';
import { plannedSchema } from '@/lib/contract/plans';
import { type QuerySort, queriesSchema, queryDetailSchema } from '@/lib/contract/queries';
import { type NewRead, type Read, readSchema } from '@/lib/contract/reads';

export interface QueriesFilter {
  sort: QuerySort;
  limit?: number;
  database?: string;
  user?: string;
  search?: string;
  own?: string;
}

/** Statements are read once a minute: only a short window is worth asking for at each word of the collector. */
function freshness(id: string, range: Range) {
  const isShort = range.name !== null && rangeSeconds[range.name] <= 6 * 3600;
  return { topics: isShort ? [`instance:${id}`] : [], pollSeconds: range.name === null ? 3600 : 60 };
}

/** What of a window is compared with, as the API wants it. */
function comparedWith(range: Range) {
  return { ...rangeQuery(range), compareSeconds: range.compareSeconds };
}

/** The queries of an instance over the page's range, most first by one measure. */
export function useQueries(id: string, range: Range, filter: QueriesFilter) {
  return useApi(
    withQuery(`/api/v1/instances/${id}/queries`, { ...comparedWith(range), ...filter }),
    queriesSchema,
    { ...freshness(id, range), keepPrevious: true },
  );
}

export function useQueryDetail(id: string, queryid: string, range: Range) {
  return useApi(
    withQuery(`/api/v1/instances/${id}/queries/${encodeURIComponent(queryid)}`, comparedWith(range)),
    queryDetailSchema,
    { ...freshness(id, range), keepPrevious: true },
  );
}

/** Asks a kind that only reads. @returns its id; the answer comes by `useRead`. */
export async function askRead(read: NewRead): Promise<string> {
  const { id } = await api.post('/api/v1/reads', read, plannedSchema);
  return id;
}

export function isReadOver(read: Read): boolean {
  return read.state !== 'waiting' && read.state !== 'running';
}

/** How far a question is; asked often until it is answered, and then no more. */
export function useRead(id: string) {
  const path = `/api/v1/reads/${encodeURIComponent(id)}`;
  return useQuery<Read, ApiError>({
    queryKey: [path],
    enabled: id !== '',
    retry: false,
    queryFn: ({ signal }) => api.get(path, readSchema, { signal }),
    refetchInterval: ({ state }) => (state.error || (state.data && isReadOver(state.data)) ? false : 600),
  });
}
