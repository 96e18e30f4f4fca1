'use client';

import { useMemo } from 'react';
import type { LoadFilters } from '@/components/data/activity';
import { setUrl, useUrlParams } from '@/components/data/url-state';
import { type LoadSlice, loadSlices } from '@/lib/contract/load';

export const sliceWords: Record<LoadSlice, string> = {
  wait: 'Wait event',
  query: 'Query',
  user: 'User',
  database: 'Database',
  application: 'Application',
  host: 'Client host',
};

/** The slices that the page is narrowed to: `?only.user=app`. */
export function useFilters(): LoadFilters {
  const params = useUrlParams();
  return useMemo(() => {
    const filters: LoadFilters = {};
    for (const slice of loadSlices) {
      const value = params.get(`only.${slice}`);
      if (value) filters[slice] = value;
    }
    return filters;
  }, [params]);
}

/** Narrows the page to one value of a slice, or to all again. */
export const filterBy = (slice: LoadSlice, value: string | null) =>
  setUrl({ [`only.${slice}`]: value }, 'push');
