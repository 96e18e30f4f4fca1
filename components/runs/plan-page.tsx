'use client';

import { PlanApprovalPanel } from '@/components/approvals/plan-approval';
import { usePlan } from '@/components/data/runs';
import { PlanReview } from '@/components/runs/plan-review';
import { PlanStart } from '@/components/runs/plan-start';
import { riskWords } from '@/components/runs/words';
import { Age } from '@/components/ui/age';
import { Banner } from '@/components/ui/banner';
import { ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Progress } from '@/components/ui/progress';
import { QueryState } from '@/components/ui/query-state';
import { Badge, StatusBadge, StatusMark } from '@/components/ui/status-mark';
import { useNow } from '@/components/ui/use-now';
import type { Plan } from '@/lib/contract/plans';

/** Sizes, sessions and blockers of a plan are of its moment: older than this it is worth making again. */
const oldAfterMs = 15 * 60_000;

/** The address of the form that this plan came from, filled in. */
export function formHref(plan: Pick<Plan, 'kind' | 'cluster' | 'instance' | 'input'>): string {
  const search = new URLSearchParams({ clusterId: plan.cluster.id });
  if (plan.instance) search.set('instanceId', plan.instance.id);
  for (const [name, value] of Object.entries(plan.input)) {
    if (value === null) continue;
    search.set(
      name,
      Array.isArray(value)
        ? value.join('\n')
        : typeof value === 'object'
          ? JSON.stringify(value)
          : String(value),
    );
  }
  return `/jobs/${plan.kind}?${search}`;
}

/** A plan that names a blocker is made, but not ready for anything. */
function shownState(plan: Plan): string {
  if (plan.state === 'waiting') return 'queued';
  return plan.document && plan.document.blockers.length > 0 ? 'blocked' : plan.state;
}

/** The dry run, to be read before anything happens. */
export function PlanPage({ id }: { id: string }) {
  const query = usePlan(id);
  const plan = query.data;
  return (
    <>
      <PageHeader
        title={plan ? `Plan: ${plan.title}` : 'Plan'}
        marks={
          plan ? (
            <>
              <StatusBadge status={shownState(plan)} word={plan.runId ? 'Started' : undefined} />
              <Badge>{riskWords[plan.risk]}</Badge>
            </>
          ) : null
        }
        note={
          plan
            ? `${plan.cluster.name}${plan.instance ? `, ${plan.instance.name}` : ''}. ${plan.runId ? 'What came of it is with its run.' : 'Nothing has been changed yet.'}`
            : undefined
        }
        actions={
          plan && !plan.undoOf ? <ButtonLink href={formHref(plan)}>Change the input</ButtonLink> : null
        }
      />
      <QueryState query={query} lines={10}>
        {(data) => <PlanBody plan={data} onRetry={() => void query.refetch()} />}
      </QueryState>
    </>
  );
}

function PlanBody({ plan, onRetry }: { plan: Plan; onRetry: () => void }) {
  const now = useNow();
  if (plan.state === 'waiting' || plan.state === 'planning') return <Planning plan={plan} />;
  if (plan.state === 'failed' || !plan.document) return <PlanFailed plan={plan} />;
  const isOld = plan.plannedAt !== null && now > 0 && now - Date.parse(plan.plannedAt) > oldAfterMs;
  return (
    <div className="space-y-4">
      {plan.runId ? (
        <Banner
          tone="info"
          title="This plan was started"
          actions={
            <ButtonLink size="small" look="primary" href={`/runs/${plan.runId}`}>
              Open the run
            </ButtonLink>
          }
        />
      ) : isOld ? (
        <Banner
          tone="warn"
          title="This plan is old"
          actions={
            <ButtonLink size="small" href={formHref(plan)}>
              Plan again
            </ButtonLink>
          }
        >
          It was made <Age at={plan.plannedAt} />. The worker checks before the first step that the commands
          are still the same; sizes and sessions may have changed.
        </Banner>
      ) : null}
      <PlanReview plan={plan} document={plan.document} />
      {plan.approval ? <PlanApprovalPanel plan={plan} approval={plan.approval} /> : null}
      {plan.runId ? null : <PlanStart plan={plan} document={plan.document} onChanged={onRetry} />}
    </div>
  );
}

function Planning({ plan }: { plan: Plan }) {
  const isWaiting = plan.state === 'waiting';
  return (
    <Panel title={isWaiting ? 'Waiting for a worker' : 'A worker reads the server'}>
      <div className="max-w-xl space-y-2" aria-live="polite">
        <Progress value={null} label="Planning" />
        <p className="text-sm">
          {isWaiting
            ? (plan.waitingFor ?? 'A worker takes it within seconds.')
            : `${plan.workerName ?? 'A worker'} looks at sizes, rights, programs and sessions. It changes nothing.`}
        </p>
        <p className="text-sm text-muted">
          Asked for <Age at={plan.requestedAt} /> by {plan.requestedByName}. If it takes longer than a minute,
          see on the workers page whether one runs for this host.
        </p>
      </div>
    </Panel>
  );
}

function PlanFailed({ plan }: { plan: Plan }) {
  const fields = Object.entries(plan.error?.fields ?? {});
  return (
    <Panel title="No plan could be made">
      <EmptyState
        title={plan.error?.message ?? 'Planning has failed.'}
        actions={
          <ButtonLink look="primary" href={formHref(plan)}>
            Change the input and plan again
          </ButtonLink>
        }
      >
        {plan.error?.next}
        {fields.length > 0 ? (
          <ul className="mt-2">
            {fields.map(([name, message]) => (
              <li key={name}>
                <StatusMark status="error" word={`${name}: ${message}`} />
              </li>
            ))}
          </ul>
        ) : null}
      </EmptyState>
    </Panel>
  );
}
