'use client';

import { withQuery } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import { keepingSchema, retentionSchema } from '@/lib/contract/retention';

export const retentionPath = (clusterId: string) => `/api/v1/clusters/${clusterId}/retention`;

/** What is kept and what would go, by the stored policy or by numbers that are tried. */
export function useRetention(clusterId: string, tried: Record<string, string>) {
  return useApi(withQuery(retentionPath(clusterId), tried), retentionSchema, {
    topics: ['run', 'cluster'],
    keepPrevious: true,
  });
}

export const keepingPath = (backupId: string) => `/api/v1/backups/${backupId}/keeping`;

/** What keeps one backup, and where else it lies. */
export function useBackupKeeping(backupId: string) {
  return useApi(keepingPath(backupId), keepingSchema, { topics: ['run'] });
}
