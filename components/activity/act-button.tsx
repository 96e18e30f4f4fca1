'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { ApiError } from '@/components/data/api';
import { requestPlan, useJobs } from '@/components/data/jobs';
import { Button } from '@/components/ui/button';
import { useToast } from '@/components/ui/toast';

interface ActButtonProps {
  job: string;
  label: string;
  clusterId: string;
  instanceId: string;
  input: Record<string, string | number | boolean>;
  /** Read aloud instead of the label alone: of whom. */
  of?: string;
}

/**
 * The first of two clicks: asks for the plan with everything filled in and goes to it; the second is on the plan,
 * where it says who is hit. Where the reader may not, it says why.
 */
export function ActButton({ job, label, clusterId, instanceId, input, of }: ActButtonProps) {
  const router = useRouter();
  const toast = useToast();
  const kind = useJobs().data?.items.find(({ id }) => id === job);
  const plan = useMutation({
    mutationFn: () => requestPlan({ kind: job, clusterId, instanceId, input }),
    onSuccess: (id) => router.push(`/plans/${id}`),
    onError: (error) =>
      toast({
        title: error.message,
        text: error instanceof ApiError ? error.next : undefined,
        tone: 'crit',
      }),
  });
  return (
    <Button
      size="small"
      busy={plan.isPending || plan.isSuccess}
      disabled={kind?.refusal !== null && kind !== undefined}
      title={kind?.refusal ? `${kind.refusal.message} ${kind.refusal.next}` : kind?.summary}
      aria-label={of ? `${label} ${of}` : undefined}
      onClick={() => plan.mutate()}
    >
      {label}
    </Button>
  );
}
