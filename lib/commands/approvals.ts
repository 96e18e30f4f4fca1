import { type Actor, assertAllowed } from '@/lib/auth/actor';
import { PlumblineError } from '@/lib/base/errors';
import type { NewWord } from '@/lib/contract/approvals';
import { needsSecondPerson, requestHours, standingOf } from '@/lib/engine/approval';
import type { JobDescriptor } from '@/lib/engine/descriptors';
import { jobOrThrow } from '@/lib/queries/jobs';
import { jobDescriptor } from '@/lib/registry/descriptors';
import { brokenGlass } from '@/lib/store/approval-lists';
import {
  approvalMinutes,
  insertWord,
  reviewWord,
  setApprovalMinutes,
  spendApproval,
  wordsOnPlan,
} from '@/lib/store/approvals';
import { appendAudit } from '@/lib/store/audit';
import { findCluster } from '@/lib/store/clusters';
import type { Store } from '@/lib/store/db';
import { hintNow } from '@/lib/store/notify';
import { findPlan, findPlanRequest, type PlanRequest, type PlanRow } from '@/lib/store/plans';

interface Meta {
  requestId: string;
}

/**
 * A word on a plan: its requester asks for a second person; another person with the kind's permission approves or
 * refuses exactly the plan that they read. A token is its owner.
 *
 * @throws PlumblineError `not-found`; `not-allowed` for the requester's own approval; `conflict` when the plan needs
 * none, is not ready, was started, or is not the one that was read; `bad-input` without a reason.
 */
export async function sayOnPlan(
  db: Store,
  actor: Actor,
  planId: string,
  input: NewWord,
  meta: Meta,
): Promise<{ id: string }> {
  return db.transaction().execute(async (trx) => {
    const plan = await findPlan(trx, planId);
    const request = await findPlanRequest(trx, planId);
    const cluster = plan && (await findCluster(trx, plan.clusterId));
    if (!plan || !request || !cluster) {
      throw new PlumblineError('not-found', 'There is no such plan.', { next: 'Plan it again.' });
    }
    const job = jobOrThrow(plan.kind);
    assertAllowed(actor, job.permission);
    if (!needsSecondPerson(job, cluster.is_production)) {
      throw new PlumblineError('conflict', 'This plan needs no second person.', {
        next: 'Whoever may start it starts it.',
      });
    }
    assertReadable(plan, input.planHash);
    if (input.kind !== 'request') assertOther(actor, request.requestedBy, 'Your own plan waits for another.');
    if (input.kind !== 'approval' && input.reason.length < 8) {
      throw new PlumblineError('bad-input', 'Say why, in a few words at least.', {
        next: 'Others read it later, and some of them at night.',
        fields: { reason: 'A few words at least.' },
      });
    }
    await wordsOnPlan(trx, planId, 'lock');
    const minutes = input.kind === 'approval' ? await approvalMinutes(trx) : requestHours * 60;
    const id = await insertWord(trx, {
      planId,
      planHash: input.planHash,
      kind: input.kind,
      byId: actor.id,
      byName: actor.name,
      reason: input.reason,
      minutes,
    });
    await appendAudit(trx, {
      actor,
      action: `plan.${input.kind}`,
      subject: { kind: 'plan', id: planId, name: plan.kind },
      details: { planHash: input.planHash, clusterName: cluster.name, reason: input.reason, minutes },
      requestId: meta.requestId,
    });
    await hintNow(trx, 'alert', id);
    return { id };
  });
}

function assertReadable(plan: PlanRow, readHash: string): void {
  if (plan.state !== 'ready' || plan.hash === null || (plan.document?.blockers.length ?? 1) > 0) {
    throw new PlumblineError('conflict', 'This plan cannot be started as it is.', {
      next: 'Mend what stands in its way and plan again; approve that one.',
    });
  }
  if (plan.hash !== readHash) {
    throw new PlumblineError('conflict', 'This is not the plan that was read.', {
      next: 'Open the plan again and read what it says now.',
    });
  }
}

function assertOther(actor: Actor, requestedBy: string | null, why: string): void {
  // Whoever is nobody (the local start) is no second person either.
  if (actor.id !== null && actor.id !== requestedBy) return;
  throw new PlumblineError('not-allowed', `${why} Another person has to.`, {
    next: 'Send the address of this page to a colleague; your own API tokens count as you.',
  });
}

/** How somebody starts a plan: with another's approval, or alone. */
export interface StartWord {
  reason?: string | undefined;
  breakGlass?: boolean | undefined;
}

/**
 * Of a plan that needs two people: spends the approval on this run, or writes down who broke the glass. In the
 * transaction of the run, so that one approval starts one run. Does nothing where one person is enough.
 *
 * @returns what belongs into the audit entry of the start.
 * @throws PlumblineError `not-allowed`, `conflict` with how the plan stands; `bad-input` without a reason.
 */
export async function spendSecondPerson(
  trx: Store,
  actor: Actor,
  of: { plan: PlanRow; request: PlanRequest; job: JobDescriptor; isProduction: boolean; runId: string },
  word: StartWord,
): Promise<{ approvedBy: string | null; reason: string; brokeGlass: boolean } | undefined> {
  const { plan, request, runId } = of;
  if (!needsSecondPerson(of.job, of.isProduction)) return undefined;
  const words = await wordsOnPlan(trx, plan.id, 'lock');
  const standing = standingOf(words, { hash: plan.hash, requestedBy: request.requestedBy }, new Date());
  const reason = word.reason ?? standing.request?.reason ?? '';
  if (reason.length < 8) {
    throw new PlumblineError('bad-input', 'Say why this is done, in a few words at least.', {
      next: 'It stands in the audit log beside your name.',
      fields: { reason: 'A few words at least.' },
    });
  }
  if (word.breakGlass) {
    assertAllowed(actor, 'break-glass');
    const by = { byId: actor.id, byName: actor.name };
    const about = { planId: plan.id, planHash: plan.hash ?? '', kind: 'break-glass' as const };
    const id = await insertWord(trx, { ...about, ...by, reason, minutes: requestHours * 60, runId });
    await hintNow(trx, 'alert', id);
    return { approvedBy: null, reason, brokeGlass: true };
  }
  if (standing.state !== 'approved' || !standing.word) throw refusedBy(standing.state);
  if (actor.id !== request.requestedBy && actor.id !== standing.word.byId) {
    throw new PlumblineError(
      'not-allowed',
      'Whoever asked for this plan starts it, or whoever approved it.',
      {
        next: `It was asked for by ${request.requestedByName} and approved by ${standing.word.byName}.`,
      },
    );
  }
  if (!(await spendApproval(trx, standing.word.id, runId))) throw refusedBy('expired');
  return { approvedBy: standing.word.byName, reason, brokeGlass: false };
}

const refusals: Record<string, [message: string, next: string]> = {
  none: ['A second person has to approve this plan first.', 'Ask for one on the plan’s page.'],
  asked: ['A second person was asked and has not answered yet.', 'Send a colleague the address of the plan.'],
  refused: [
    'A second person refused this plan.',
    'Read why on its page; plan again what they would approve.',
  ],
  expired: ['The approval of this plan has expired.', 'Ask for it again.'],
  void: ['The approval is void: the plan would do something else now.', 'Approve the new plan.'],
  used: ['This approval was spent on a run already.', 'Plan again, and have that approved.'],
};

function refusedBy(state: string): PlumblineError {
  const [message, next] = refusals[state] ?? (refusals.none as [string, string]);
  return new PlumblineError('conflict', message, { next });
}

/**
 * Another person writes that they have looked at a run that was started alone.
 *
 * @throws PlumblineError `not-found`; `not-allowed` for whoever broke the glass; `conflict` when it was reviewed.
 */
export async function reviewGlass(
  db: Store,
  actor: Actor,
  id: string,
  note: string,
  meta: Meta,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const [glass] = await brokenGlass(trx, { id, limit: 1 });
    if (!glass) {
      throw new PlumblineError('not-found', 'There is nothing like this to review.', {
        next: 'See the list of what was done alone.',
      });
    }
    assertAllowed(actor, jobDescriptor(glass.kind)?.permission ?? 'break-glass');
    assertOther(actor, glass.byId, 'You broke this glass.');
    if (!(await reviewWord(trx, id, actor, note))) {
      throw new PlumblineError('conflict', 'This was reviewed already.', { next: 'Reload the list.' });
    }
    await appendAudit(trx, {
      actor,
      action: 'run.review',
      subject: { kind: 'run', id: glass.runId, name: glass.kind },
      details: { note, brokenBy: glass.byName, clusterName: glass.clusterName },
      requestId: meta.requestId,
    });
    await hintNow(trx, 'alert', id);
  });
}

/** How long approvals hold from now on, in minutes. */
export async function changeApprovalMinutes(
  db: Store,
  actor: Actor,
  minutes: number,
  meta: Meta,
): Promise<void> {
  assertAllowed(actor, 'break-glass');
  await db.transaction().execute(async (trx) => {
    const before = await approvalMinutes(trx);
    await setApprovalMinutes(trx, minutes);
    await appendAudit(trx, {
      actor,
      action: 'approval.settings',
      subject: { kind: 'settings', id: null, name: 'approvals' },
      details: { before, minutes },
      requestId: meta.requestId,
    });
  });
}
