import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import { spendSecondPerson } from '@/lib/commands/approvals';
import { giveTyped } from '@/lib/commands/typed-copies';
import type { Decision, NewRun } from '@/lib/contract/runs';
import { isTerminal } from '@/lib/engine/run-states';
import { jobOrThrow } from '@/lib/queries/jobs';
import { isPastReturn } from '@/lib/queries/runs';
import { jobDescriptor } from '@/lib/registry/descriptors';
import { appendAudit } from '@/lib/store/audit';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { findPlan, findPlanRequest, type PlanRow } from '@/lib/store/plans';
import { wakeForRun } from '@/lib/store/run-ends';
import { stepsOfRun } from '@/lib/store/run-steps';
import { findRun, insertRun, type RunRow, setCancel, setDecision } from '@/lib/store/runs';

interface Meta {
  requestId: string;
  /** The header Idempotency-Key. */
  idempotencyKey?: string;
}

/**
 * Starts a reviewed plan: run, audit entry and wake-up in one transaction. The same key gives the same run again.
 *
 * @throws PlumblineError `not-found`, `not-allowed`; `conflict` when the plan is not ready, has blockers, was reviewed in
 * another version, waits for a second person, or the key was used for another plan; `bad-input` when the target's name
 * or the reason was not typed.
 */
export async function startRun(
  db: Store,
  actor: Actor,
  input: NewRun,
  meta: Meta,
): Promise<{ id: string; isNew: boolean }> {
  const plan = await findPlan(db, input.planId);
  const request = await findPlanRequest(db, input.planId);
  if (!plan || !request) {
    throw new PlumblineError('not-found', 'There is no such plan, or no worker has made it yet.', {
      next: 'Wait until the plan is ready, or plan again.',
    });
  }
  const job = jobOrThrow(plan.kind);
  assertAllowed(actor, job.permission);
  assertStartable(plan, input.planHash, job.version);
  const cluster = await findCluster(db, plan.clusterId);
  if (!cluster) throw new PlumblineError('not-found', 'The cluster was removed.', { next: 'Add it again.' });
  if (job.risk === 'high' && input.confirm !== cluster.name) {
    throw new PlumblineError('bad-input', `Type ${cluster.name} to start this.`, {
      next: 'It is the name of the cluster that the plan is about.',
      fields: { confirm: `must be ${cluster.name}` },
    });
  }
  // Without a key a plan is started once; with one, by whoever sent it, once per key.
  const key = meta.idempotencyKey ? `${actor.id}:${meta.idempotencyKey}` : `plan:${plan.id}`;
  return db.transaction().execute(async (trx) => {
    const run = await insertRun(trx, {
      plan,
      idempotencyKey: key,
      requestedBy: actor.id,
      requestedByName: actor.name,
      undoOf: request.undoOf,
    });
    if (run.planId !== plan.id) {
      throw new PlumblineError('conflict', 'This Idempotency-Key was used for another plan.', {
        next: 'Send a new key with a new plan.',
      });
    }
    if (run.isNew) {
      const of = { plan, request, job, isProduction: cluster.is_production, runId: run.id };
      const second = await spendSecondPerson(trx, actor, of, input);
      await giveTyped(trx, job, { planId: plan.id, runId: run.id, input: request.input });
      await appendAudit(trx, {
        actor,
        action: second?.brokeGlass ? 'run.break-glass' : 'run.start',
        subject: { kind: 'run', id: run.id, name: plan.kind },
        details: {
          ...{ planId: plan.id, planHash: plan.hash, clusterName: cluster.name },
          // A question may hold people's data: it is forgotten in minutes, and the audit log is not.
          ...(job.risk === 'read' ? {} : { input: request.input }),
          ...second,
        },
        requestId: meta.requestId,
      });
    }
    return { id: run.id, isNew: run.isNew };
  });
}

function assertStartable(plan: PlanRow, reviewedHash: string, presentVersion: number): void {
  const refuse = (message: string, next: string) => {
    throw new PlumblineError('conflict', message, { next });
  };
  if (plan.state === 'planning') refuse('The plan is not ready yet.', 'Wait for it, then review it.');
  if (plan.state === 'failed') refuse('Planning has failed.', 'See why, mend it and plan again.');
  const [blocker] = plan.document?.blockers ?? [];
  if (blocker) refuse(`The plan cannot be started: ${blocker.message}`, blocker.next);
  if (plan.hash === null || plan.hash !== reviewedHash) {
    refuse('This is not the plan that was reviewed.', 'Open the plan again and review what it says now.');
  }
  if (plan.definitionVersion !== presentVersion) {
    refuse('The kind of job has changed since the plan was made.', 'Plan again and review that.');
  }
}

async function runOrThrow(db: Store, id: string): Promise<RunRow> {
  const run = await findRun(db, id);
  if (run) return run;
  throw new PlumblineError('not-found', 'There is no such run.', { next: 'See the list of runs.' });
}

/**
 * Asks a run to end. Its worker hears of it at once; the run ends at its next step edge or when its child has.
 *
 * @throws PlumblineError `conflict` when it has ended, waits for a decision or is past the point of no return.
 */
export async function cancelRun(db: Store, actor: Actor, id: string, meta: Meta): Promise<void> {
  assertAllowed(actor, 'cancel-run');
  const run = await runOrThrow(db, id);
  if (isTerminal(run.state)) {
    throw new PlumblineError('conflict', 'This run has ended already.', {
      next: 'See whether it can be undone.',
    });
  }
  if (run.state === 'needs-decision') {
    throw new PlumblineError('conflict', 'This run waits for a decision.', { next: 'Decide to stop it.' });
  }
  if (isPastReturn(jobDescriptor(run.kind), await stepsOfRun(db, id))) {
    throw new PlumblineError('conflict', 'This run has passed its point of no return.', {
      next: 'Let it end; then see whether it can be undone.',
    });
  }
  await db.transaction().execute(async (trx) => {
    if (!(await setCancel(trx, id, actor.name))) return;
    await appendAudit(trx, {
      actor,
      action: 'run.cancel',
      subject: { kind: 'run', id, name: run.kind },
      requestId: meta.requestId,
    });
  });
}

/**
 * A person's word on a step that may have happened: run it again, take it as done, or stop the run.
 *
 * @throws PlumblineError `conflict` when the run waits for no decision, or somebody else was first.
 */
export async function decideRun(
  db: Store,
  actor: Actor,
  id: string,
  decision: Decision,
  meta: Meta,
): Promise<void> {
  const run = await runOrThrow(db, id);
  assertAllowed(actor, jobOrThrow(run.kind).permission);
  await db.transaction().execute(async (trx) => {
    if (!(await setDecision(trx, id, decision))) {
      throw new PlumblineError('conflict', 'This run waits for no decision, or one was made already.', {
        next: 'Look at the run again.',
      });
    }
    const undecided = (await stepsOfRun(trx, id)).find((step) => step.state === 'undecided');
    await appendAudit(trx, {
      actor,
      action: 'run.decide',
      subject: { kind: 'run', id, name: run.kind },
      details: { decision, step: undecided?.name ?? null },
      requestId: meta.requestId,
    });
    await wakeForRun(trx, id);
  });
}
