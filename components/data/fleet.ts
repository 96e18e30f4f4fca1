'use client';

import { useApi } from '@/components/data/use-api';
import { fleetSchema } from '@/lib/contract/fleet';

export function useFleet() {
  return useApi('/api/v1/fleet', fleetSchema, { topics: ['instance', 'cluster', 'run'], pollSeconds: 30 });
}
