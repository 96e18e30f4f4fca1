'use client';

import { useJobs } from '@/components/data/jobs';
import type { Job } from '@/lib/contract/jobs';

/** The kinds of job that a restore is made of, by what they are for. The page knows none of them by name. */
export function useRecoveryJobs() {
  const jobs = useJobs();
  const jobFor = (use: NonNullable<Job['recovers']>): Job | undefined =>
    jobs.data?.items.find(({ recovers }) => recovers === use);
  return { jobs, jobFor };
}
