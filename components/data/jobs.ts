'use client';

import { api, withQuery } from '@/components/data/api';
import { useApi } from '@/components/data/use-api';
import { jobChoicesSchema, jobsSchema } from '@/lib/contract/jobs';
import { type NewPlan, plannedSchema } from '@/lib/contract/plans';

/** The catalogue of kinds, with why the reader may not run one. It changes with a new version of the console only. */
export function useJobs() {
  return useApi('/api/v1/jobs', jobsSchema, { pollSeconds: 600 });
}

/** What the fields of a kind's form can take on a cluster. */
export function useJobChoices(kind: string, clusterId: string, instanceId: string) {
  const path = withQuery(`/api/v1/jobs/${encodeURIComponent(kind)}/choices`, { clusterId, instanceId });
  return useApi(path, jobChoicesSchema, { enabled: clusterId !== '', keepPrevious: true });
}

/** Asks a worker for a plan. @returns its id; the plan itself comes when it is made. */
export async function requestPlan(plan: NewPlan): Promise<string> {
  const { id } = await api.post('/api/v1/plans', plan, plannedSchema);
  return id;
}
