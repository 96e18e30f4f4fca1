'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { requestPlan } from '@/components/data/jobs';
import { Button, ButtonLink } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import type { Run } from '@/lib/contract/runs';

/** How to take a run back, or why that is not possible. An undo is a plan of its own, read before it runs. */
export function UndoPanel({ run }: { run: Run }) {
  const router = useRouter();
  const plan = useMutation({
    mutationFn: () => requestPlan({ undoOf: run.id }),
    onSuccess: (id) => router.push(`/plans/${id}`),
  });
  const { undo } = run;
  if ('none' in undo) {
    return (
      <Panel title="Undo">
        <StatusMark status="not-applicable" word="None" />
        <p className="text-sm text-muted">{undo.none}</p>
      </Panel>
    );
  }
  return (
    <Panel title="Undo">
      <div className="space-y-2 text-sm">
        {undo.undoneBy ? (
          <>
            <p>This run was undone.</p>
            <ButtonLink size="small" href={`/runs/${undo.undoneBy}`}>
              Open the undo
            </ButtonLink>
          </>
        ) : undo.refusal ? (
          <>
            <StatusMark status="disabled" word={undo.refusal.message} />
            <p className="text-muted">{undo.refusal.next}</p>
          </>
        ) : (
          <>
            <p className="text-muted">It gets a plan of its own first: you see exactly what is taken back.</p>
            <Button busy={plan.isPending || plan.isSuccess} onClick={() => plan.mutate()}>
              {undo.label}
            </Button>
          </>
        )}
        <ErrorLine error={plan.error} />
      </div>
    </Panel>
  );
}
