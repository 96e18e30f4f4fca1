'use client';

import { withQuery } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import { backupDetailSchema, backupsSchema } from '@/lib/contract/backups';

export function useBackups(filter: {
  clusterId?: string;
  database?: string;
  type?: string;
  state?: string;
  limit?: number;
}) {
  return useApi(withQuery('/api/v1/backups', filter), backupsSchema, {
    topics: ['run', 'cluster'],
    keepPrevious: true,
  });
}

export function useBackup(id: string) {
  return useApi(`/api/v1/backups/${id}`, backupDetailSchema, { topics: ['run', 'cluster'] });
}
