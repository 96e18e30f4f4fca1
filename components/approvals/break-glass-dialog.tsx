'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { ApiError } from '@/components/data/api';
import { startRun } from '@/components/data/runs';
import { Button } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import type { Plan } from '@/lib/contract/plans';

/** A dba starts alone what needs two: with a reason, the name typed, and everybody told. */
export function BreakGlassDialog({ plan, onClose }: { plan: Plan; onClose: () => void }) {
  const router = useRouter();
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const start = useMutation({
    mutationFn: () => startRun(plan, typed, { reason, breakGlass: true }),
    onSuccess: (id) => router.push(`/runs/${id}`),
  });
  const fields = start.error instanceof ApiError ? start.error.fields : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title="Break the glass"
      description="You start this alone, at once. All channels are told, it stands in the audit log, and every page says so until another person has reviewed it."
      footer={
        <>
          <Button onClick={onClose}>Wait for a second person</Button>
          <Button
            look="danger"
            type="submit"
            form="break-glass"
            busy={start.isPending || start.isSuccess}
            disabled={reason.trim().length < 8 || typed !== plan.cluster.name}
          >
            {plan.title} alone
          </Button>
        </>
      }
    >
      <form id="break-glass" onSubmit={submit} className="flex flex-col gap-3">
        {start.error && Object.keys(fields).length === 0 ? <ErrorLine error={start.error} /> : null}
        <p className="text-sm">{plan.document?.summary}</p>
        <Field label="Why nobody can be waited for" required error={fields.reason}>
          <Textarea value={reason} maxLength={1000} onChange={(event) => setReason(event.target.value)} />
        </Field>
        <Field label={`Type ${plan.cluster.name} to confirm`} required error={fields.confirm}>
          <Input
            value={typed}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setTyped(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}
