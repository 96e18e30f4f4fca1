'use client';

import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Age } from '@/components/ui/age';
import { ErrorState } from '@/components/ui/error-state';
import { Skeleton } from '@/components/ui/skeleton';
import { StatusMark } from '@/components/ui/status-mark';

interface QueryStateProps<T> {
  query: UseQueryResult<T, Error>;
  /** What to show instead when there is nothing; undefined when there is something. */
  empty?: (data: T) => ReactNode | undefined;
  /** Lines of the skeleton while loading. */
  lines?: number;
  children: (data: T) => ReactNode;
}

/** The loading, broken, stale and empty states of everything that is read from the API. */
export function QueryState<T>({ query, empty, lines = 4, children }: QueryStateProps<T>) {
  if (query.data === undefined) {
    if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
    return <Skeleton lines={lines} />;
  }
  return (
    <>
      {query.error ? (
        <p role="status" className="flex flex-wrap items-center gap-x-2 px-3 py-1 text-sm text-muted">
          <StatusMark status="stale" word="Not refreshed" />
          <span>
            {query.error.message} Shown: <Age at={new Date(query.dataUpdatedAt).toISOString()} />.
          </span>
        </p>
      ) : null}
      {empty?.(query.data) ?? children(query.data)}
    </>
  );
}
