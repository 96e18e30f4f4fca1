'use client';

import { withQuery } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import { findingsSchema } from '@/lib/contract/findings';

export interface FindingsFilter {
  clusterId?: string;
  instanceId?: string;
  checkId?: string;
  /** Open ones only, worst first; otherwise all, newest first. */
  open?: boolean;
  limit?: number;
}

export function useFindings(filter: FindingsFilter) {
  const { open = true, ...rest } = filter;
  return useApi(withQuery('/api/v1/findings', { ...rest, open }), findingsSchema, {
    topics: [filter.instanceId ? `instance:${filter.instanceId}` : 'instance', 'cluster'],
    keepPrevious: true,
  });
}
