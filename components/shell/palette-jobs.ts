'use client';

import { type LucideIcon, Wrench } from 'lucide-react';
import { useApi } from '@/components/data/use-api';
import { jobsSchema } from '@/lib/contract/jobs';

export interface PaletteJob {
  id: string;
  title: string;
  icon: LucideIcon;
}

/** The kinds of job that this person may run. */
export function usePaletteJobs(): PaletteJob[] {
  const jobs = useApi('/api/v1/jobs', jobsSchema, { pollSeconds: 600 });
  return (jobs.data?.items ?? [])
    .filter((job) => job.refusal === null)
    .map((job) => ({ id: job.id, title: job.title, icon: Wrench }));
}
