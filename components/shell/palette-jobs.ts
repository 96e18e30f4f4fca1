'use client';

import { type LucideIcon, Wrench } from 'lucide-react';
import { useJobs } from '@/components/data/jobs';

export interface PaletteJob {
  id: string;
  title: string;
  icon: LucideIcon;
}

/** The kinds of job that this person may run. */
export function usePaletteJobs(): PaletteJob[] {
  const jobs = useJobs();
  return (jobs.data?.items ?? [])
    .filter((job) => job.refusal === null)
    .map((job) => ({ id: job.id, title: job.title, icon: Wrench }));
}
