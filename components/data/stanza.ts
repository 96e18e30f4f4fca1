'use client';

import { useApi } from '@/components/data/use-api';
import { stanzaSetupSchema } from '@/lib/contract/stanzas';

export const stanzaPath = (clusterId: string) => `/api/v1/clusters/${clusterId}/stanza`;

/** What is set up for physical backups of a cluster. */
export function useStanzaSetup(clusterId: string) {
  return useApi(stanzaPath(clusterId), stanzaSetupSchema, { topics: [`cluster:${clusterId}`, 'run'] });
}
