'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { cancelRun } from '@/components/data/runs';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { StatusMark } from '@/components/ui/status-mark';
import type { Run } from '@/lib/contract/runs';

/** Cancels a run, after saying what that leaves behind. */
export function CancelRun({ run }: { run: Run }) {
  const [open, setOpen] = useState(false);
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelRun(run.id),
    onSuccess: async () => {
      setOpen(false);
      await client.invalidateQueries({ queryKey: [`/api/v1/runs/${run.id}`] });
    },
  });
  if (run.cancelRefusal) {
    return (
      <span className="text-sm">
        <StatusMark status="disabled" word={`No cancel: ${run.cancelRefusal.message}`} />
      </span>
    );
  }
  if (run.cancelRequestedAt) return <Button disabled>Cancelling…</Button>;
  const done = run.steps.filter(({ state }) => state === 'done').map(({ title }) => title);
  const current = run.steps.find(({ state }) => state === 'started');
  return (
    <>
      <Button onClick={() => setOpen(true)}>Cancel the run</Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Cancel this run?"
        description={run.summary}
        footer={
          <>
            <Button onClick={() => setOpen(false)}>Let it run</Button>
            <Button look="danger" busy={cancel.isPending} onClick={() => cancel.mutate()}>
              Cancel the run
            </Button>
          </>
        }
      >
        <ul className="list-disc space-y-1 pl-5 text-sm">
          {current ? (
            <li>
              The step “{current.title}” is stopped: its programs have 10 s to end, then they are killed. It
              puts away what it has begun.
            </li>
          ) : (
            <li>No step has begun: nothing was changed and nothing is left behind.</li>
          )}
          {done.length > 0 ? (
            <li>
              What is done stays: {done.map((title) => `“${title}”`).join(', ')}.{' '}
              {'none' in run.undo ? '' : 'It can be undone afterwards.'}
            </li>
          ) : null}
        </ul>
        <ErrorLine error={cancel.error} />
      </Dialog>
    </>
  );
}
