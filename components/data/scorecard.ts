'use client';

import { useApi } from '@/components/data/use-api';
import { clusterScorecardPageSchema, criterionDetailSchema, scorecardSchema } from '@/lib/contract/scorecard';

// Verdicts go stale by the clock, without a hint: the page asks again twice a minute.
const pollSeconds = 30;

export function useScorecard() {
  return useApi('/api/v1/scorecard', scorecardSchema, { topics: ['scorecard'], pollSeconds });
}

export function useClusterScorecard(clusterId: string) {
  return useApi(`/api/v1/scorecard/${clusterId}`, clusterScorecardPageSchema, {
    topics: [`scorecard:${clusterId}`],
    pollSeconds,
  });
}

/** One criterion of one cluster with its history. */
export function useCriterion(clusterId: string, criterionId: string) {
  return useApi(`/api/v1/scorecard/${clusterId}/${encodeURIComponent(criterionId)}`, criterionDetailSchema, {
    topics: [`scorecard:${clusterId}`],
    pollSeconds,
  });
}
