'use client';

import { useApi } from '@/components/data/use-api';
import { instanceTestSchema } from '@/lib/contract/instances';

/** A connection test, asked for each second until it has ended: people wait for it. */
export function useInstanceTest(instanceId: string, testId: string, done: boolean) {
  return useApi(`/api/v1/instances/${instanceId}/tests/${testId}`, instanceTestSchema, {
    topics: [`test:${testId}`],
    pollSeconds: done ? 3600 : 1,
  });
}
