'use client';

import { withQuery } from '@/components/data/api';
import { type Range, rangeQuery } from '@/components/data/range';
import { useApi } from '@/components/data/use-api';
import { tableDetailSchema, tablesSchema } from '@/lib/contract/tables';

/** All tables of a server: a long list that changes slowly, so it is asked for by the clock and not at each hint. */
export function useTables(instanceId: string) {
  return useApi(`/api/v1/instances/${instanceId}/tables`, tablesSchema, { pollSeconds: 120 });
}

export interface TableName {
  database: string;
  schema: string;
  table: string;
}

export function useTable(instanceId: string, name: TableName, range: Range) {
  const path = `/api/v1/instances/${instanceId}/tables/one`;
  return useApi(withQuery(path, { ...name, ...rangeQuery(range) }), tableDetailSchema, {
    pollSeconds: 60,
    keepPrevious: true,
  });
}
