'use client';

import { useMutation } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState } from 'react';
import { ApiError } from '@/components/data/api';
import { startRun } from '@/components/data/runs';
import { counted } from '@/components/runs/counted';
import { Button } from '@/components/ui/button';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import type { Plan, PlanDocument } from '@/lib/contract/plans';

interface PlanStartProps {
  plan: Plan;
  document: PlanDocument;
  /** The plan on the server is another one now: read it again. */
  onChanged: () => void;
}

/** The last step before something happens. The button says what it will do; what stands in its way is said beside it. */
export function PlanStart({ plan, document, onChanged }: PlanStartProps) {
  const router = useRouter();
  const [typed, setTyped] = useState('');
  const [why, setWhy] = useState('');
  const approval = plan.approval?.isNeeded ? plan.approval : null;
  const needsReason = approval !== null && approval.request === null;
  const start = useMutation({
    mutationFn: () =>
      startRun(plan, plan.confirmName === null ? undefined : typed, needsReason ? { reason: why } : {}),
    onSuccess: (id) => router.push(`/runs/${id}`),
    onError: (error) => {
      if (error instanceof ApiError && error.status === 409) onChanged();
    },
  });
  const target = plan.instance?.name ?? plan.cluster.name;
  const blocked = document.blockers.length > 0;
  const wrongName = plan.confirmName !== null && typed !== plan.confirmName;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    start.mutate();
  };
  const reason = blocked
    ? `It cannot start: ${counted(document.blockers.length, 'blocker')} above. Mend what is named there and plan again.`
    : plan.refusal
      ? plan.refusal.message
      : plan.hash === null
        ? 'It has no hash to approve: plan it again.'
        : approval && approval.state !== 'approved'
          ? 'It waits for a second person.'
          : approval?.startRefusal?.message;
  return (
    <Panel title="Start">
      <form onSubmit={submit} className="max-w-xl space-y-3">
        {needsReason && reason === undefined ? (
          <Field
            label="Why this is done"
            required
            error={start.error instanceof ApiError ? start.error.fields.reason : undefined}
            hint="It stands in the audit log, beside your name and that of your second person."
          >
            <Input
              name="reason"
              value={why}
              maxLength={1000}
              onChange={(event) => setWhy(event.target.value)}
            />
          </Field>
        ) : null}
        {plan.confirmName !== null && !blocked && !plan.refusal ? (
          <Field
            label={`Type ${plan.confirmName} to confirm`}
            required
            error={start.error instanceof ApiError ? start.error.fields.confirm : undefined}
            hint="This is a high risk: read the commands above once more."
          >
            <Input
              name="confirm"
              value={typed}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setTyped(event.target.value)}
            />
          </Field>
        ) : null}
        <ErrorLine error={start.error} />
        <div className="flex flex-wrap items-center gap-3">
          <Button
            type="submit"
            look={plan.risk === 'high' ? 'danger' : 'primary'}
            busy={start.isPending || start.isSuccess}
            disabled={reason !== undefined || wrongName || (needsReason && why.trim().length < 8)}
          >
            {plan.title} on {target}
          </Button>
          {reason ? (
            <span className="text-sm">
              <StatusMark status="disabled" word={reason} />
              {plan.refusal && !blocked ? (
                <span className="block text-muted">{plan.refusal.next}</span>
              ) : null}
            </span>
          ) : null}
        </div>
      </form>
    </Panel>
  );
}
