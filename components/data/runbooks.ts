'use client';

import { useApi } from '@/components/data/use-api';
import { type RunbookView, runbooksSchema } from '@/lib/contract/runbooks';

/** The runbook of a check; undefined while it loads and where there is none. They change with the console alone. */
export function useRunbook(checkId: string, enabled: boolean): RunbookView | undefined {
  const runbooks = useApi('/api/v1/runbooks', runbooksSchema, { pollSeconds: 3600, enabled });
  return runbooks.data?.items.find((runbook) => runbook.checkId === checkId);
}
