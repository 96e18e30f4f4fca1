'use client';

import { withQuery } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import { clusterSchema } from '@/lib/contract/clusters';
import { grantScriptSchema, type PurposeName } from '@/lib/contract/instances';
import { workerListSchema } from '@/lib/contract/workers';

export function useCluster(id: string) {
  return useApi(`/api/v1/clusters/${id}`, clusterSchema, { topics: [`cluster:${id}`, 'instance', 'test'] });
}

/** The script that makes a login; it depends on nothing but what is asked. */
export function useGrantScript(purpose: PurposeName, user: string, major: number | undefined) {
  return useApi(withQuery('/api/v1/grant-scripts', { purpose, user, major }), grantScriptSchema, {
    pollSeconds: 3600,
    enabled: user !== '',
    keepPrevious: true,
  });
}

export function useWorkers() {
  return useApi('/api/v1/workers', workerListSchema, { topics: ['worker', 'run'], pollSeconds: 10 });
}
