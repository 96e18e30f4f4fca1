'use client';

import { useApi } from '@/components/data/use-api';
import { clusterListSchema } from '@/lib/contract/clusters';

/** All clusters with their instances: for names in breadcrumbs, the palette and choices. */
export function useClusters() {
  return useApi('/api/v1/clusters', clusterListSchema, { topics: ['cluster'] });
}
