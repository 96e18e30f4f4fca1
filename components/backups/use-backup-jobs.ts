'use client';

import { useJobs } from '@/components/data/jobs';
import type { Job } from '@/lib/contract/jobs';

export interface BackupJob {
  job: Job;
  /** The field of its form that takes a backup. */
  field: string;
  /** The type of backups that it works on. */
  type: 'logical' | 'physical';
}

/** Kinds that make backups, and kinds that work on one: found by what they say of themselves. */
export function useBackupJobs(): { making: Job[]; using: BackupJob[] } {
  const jobs = useJobs().data?.items ?? [];
  const using = jobs.flatMap((job) => {
    return Object.entries(job.choices)
      .flatMap(([field, source]): BackupJob[] =>
        source.from === 'backups' ? [{ job, field, type: source.type ?? 'logical' }] : [],
      )
      .slice(0, 1);
  });
  const taken = new Set(using.map(({ job }) => job.id));
  const making = jobs
    .filter(({ id, permission }) => permission === 'backup' && !taken.has(id))
    // What may run on a schedule is what people mean by a backup; the rest moves or sets up.
    .sort((left, right) => Number(right.schedulable) - Number(left.schedulable));
  return { making, using };
}

/** The form of a kind that works on a backup, with that backup chosen. */
export function backupJobHref(
  { job, field }: BackupJob,
  backup: { id: string; cluster: { id: string } },
): string {
  return `/jobs/${job.id}?${new URLSearchParams({ clusterId: backup.cluster.id, [field]: backup.id })}`;
}
