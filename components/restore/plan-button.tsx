'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { requestPlan } from '@/components/data/jobs';
import { Button } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import type { Job } from '@/lib/contract/jobs';

interface PlanButtonProps {
  job: Job | undefined;
  clusterId: string;
  input: Record<string, unknown>;
  /** What is still to be chosen, in words. */
  missing: readonly string[];
  label: string;
}

/** Ends each form of a restore: it asks for a plan, which changes nothing, and goes to its page. */
export function PlanButton({ job, clusterId, input, missing, label }: PlanButtonProps) {
  const router = useRouter();
  const plan = useMutation({
    mutationFn: () => requestPlan({ kind: job?.id ?? '', clusterId, input: input as Record<string, never> }),
    onSuccess: (id) => router.push(`/plans/${id}`),
  });
  return (
    <div className="space-y-2">
      <ErrorLine error={plan.error} />
      <div className="flex flex-wrap items-center gap-3">
        <Button
          look="primary"
          busy={plan.isPending || plan.isSuccess}
          disabled={!job || job.refusal !== null || missing.length > 0}
          onClick={() => plan.mutate()}
        >
          {label}
        </Button>
        <span className="text-sm text-muted">
          {job?.refusal
            ? `${job.refusal.message} ${job.refusal.next}`
            : missing.length > 0
              ? `Still to choose: ${missing.join(', ')}.`
              : 'Makes a plan to read. Nothing is changed yet.'}
        </span>
      </div>
    </div>
  );
}
