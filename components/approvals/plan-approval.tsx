'use client';

import { useState } from 'react';
import { BreakGlassDialog } from '@/components/approvals/break-glass-dialog';
import { useSayOnPlan } from '@/components/approvals/use-approvals';
import { Age } from '@/components/ui/age';
import { Button } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { ErrorLine } from '@/components/ui/error-state';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Panel } from '@/components/ui/panel';
import { StatusMark } from '@/components/ui/status-mark';
import { useNow } from '@/components/ui/use-now';
import { formatDuration } from '@/lib/base/format';
import type { PlanApproval } from '@/lib/contract/approvals';
import type { Plan } from '@/lib/contract/plans';

/** Who must approve a plan, where it stands, and what the reader can do about it. */
export function PlanApprovalPanel({ plan, approval }: { plan: Plan; approval: PlanApproval }) {
  if (!approval.isNeeded) {
    return (
      <Panel title="Second person">
        <p className="text-sm">
          <StatusMark status="not-applicable" word="Not needed here" />: {plan.cluster.name} is not counted as
          production ({approval.environment}). On a cluster that is, another person would have to approve this
          plan.
        </p>
      </Panel>
    );
  }
  const isOpen = plan.runId === null && (plan.document?.blockers.length ?? 1) === 0;
  return (
    <Panel
      title="Second person"
      note={`${plan.cluster.name} counts as production (${approval.environment}): another person who may do this approves exactly this plan. An approval holds ${formatDuration(approval.minutes * 60)} and starts one run.`}
    >
      <div className="max-w-xl space-y-3" data-approval={approval.state}>
        <Standing approval={approval} />
        {isOpen ? <Acts plan={plan} approval={approval} /> : null}
      </div>
    </Panel>
  );
}

function Standing({ approval }: { approval: PlanApproval }) {
  const now = useNow();
  const { state, request, answer, glass } = approval;
  const isOver = state === 'approved' && answer && now > 0 && Date.parse(answer.expiresAt) <= now;
  return (
    <div className="space-y-1 text-sm" aria-live="polite">
      {request ? (
        <p>
          {request.byName} asked for a second person <Age at={request.at} />: “{request.reason}”
        </p>
      ) : null}
      {glass ? (
        <p>
          <StatusMark status="crit" word={`${glass.byName} broke the glass`} /> <Age at={glass.at} />: “
          {glass.reason}”
        </p>
      ) : null}
      {state === 'none' || state === 'asked' ? (
        <p>
          <StatusMark
            status="queued"
            word={state === 'asked' ? 'Nobody has answered yet' : 'Nobody has approved it yet'}
          />
        </p>
      ) : null}
      {answer ? (
        <p>
          {state === 'approved' && !isOver ? (
            <>
              <StatusMark status="ok" word={`Approved by ${answer.byName}`} /> <Age at={answer.at} />; it
              expires <Age at={answer.expiresAt} />.
            </>
          ) : state === 'refused' ? (
            <>
              <StatusMark status="fail" word={`Refused by ${answer.byName}`} /> <Age at={answer.at} />: “
              {answer.reason}”
            </>
          ) : state === 'used' ? (
            <>
              <StatusMark status="done" word={`Approved by ${answer.byName}`} />; a run was started on it.
            </>
          ) : state === 'void' ? (
            <StatusMark status="expired" word="The approval is void: the plan would do something else now" />
          ) : (
            <StatusMark status="expired" word={`The approval of ${answer.byName} has expired`} />
          )}
        </p>
      ) : null}
    </div>
  );
}

function Acts({ plan, approval }: { plan: Plan; approval: PlanApproval }) {
  const say = useSayOnPlan(plan.id);
  const [reason, setReason] = useState('');
  const [isBreaking, setBreaking] = useState(false);
  const isOwn = approval.answerRefusal !== null;
  const isApproved = approval.state === 'approved';
  const mayAsk = plan.refusal === null && isOwn && !isApproved;
  const send = (kind: 'request' | 'approval' | 'refusal') =>
    say.mutate({ kind, planHash: plan.hash ?? '', reason }, { onSuccess: () => setReason('') });
  const hasReason = reason.trim().length >= 8;
  return (
    <>
      {mayAsk || !isOwn ? (
        <Field
          label={isOwn ? 'Why this has to be done' : 'A word to it'}
          required={isOwn}
          hint={isOwn ? 'Your second person reads it.' : 'To refuse it you have to say why.'}
          error={say.error?.fields.reason}
        >
          <Input value={reason} maxLength={1000} onChange={(event) => setReason(event.target.value)} />
        </Field>
      ) : null}
      {say.error && !say.error.fields.reason ? <ErrorLine error={say.error} /> : null}
      <div className="flex flex-wrap items-center gap-2">
        {mayAsk ? (
          <Button look="primary" busy={say.isPending} disabled={!hasReason} onClick={() => send('request')}>
            {approval.request ? 'Ask again' : 'Ask for a second person'}
          </Button>
        ) : null}
        {isOwn ? null : (
          <>
            <Button look="primary" busy={say.isPending} onClick={() => send('approval')}>
              Approve this plan
            </Button>
            <Button busy={say.isPending} disabled={!hasReason} onClick={() => send('refusal')}>
              Refuse it
            </Button>
          </>
        )}
        {!isApproved && approval.glassRefusal === null ? (
          <Button look="quiet" onClick={() => setBreaking(true)}>
            Break the glass
          </Button>
        ) : null}
      </div>
      {approval.answerRefusal && !isApproved ? (
        <p className="text-sm">
          <StatusMark status="disabled" word={approval.answerRefusal.message} />
          <span className="block text-muted">{approval.answerRefusal.next}</span>
        </p>
      ) : null}
      {isOwn && !isApproved && typeof window !== 'undefined' ? (
        <CodeBlock
          code={`${window.location.origin}/plans/${plan.id}`}
          label="Address for a second person"
          wrap
        />
      ) : null}
      {isBreaking ? <BreakGlassDialog plan={plan} onClose={() => setBreaking(false)} /> : null}
    </>
  );
}
