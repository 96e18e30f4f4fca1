import { type Actor, refusalFor } from '@/lib/auth/actor';
import type { Approvals, PlanApproval } from '@/lib/contract/approvals';
import { type ApprovalWord, needsSecondPerson, standingOf } from '@/lib/engine/approval';
import type { JobDescriptor } from '@/lib/engine/descriptors';
import { titleOfKind } from '@/lib/queries/jobs';
import { jobDescriptor } from '@/lib/registry/descriptors';
import { brokenGlass, plansWaiting } from '@/lib/store/approval-lists';
import { approvalMinutes, wordsOnPlan } from '@/lib/store/approvals';
import type { Store } from '@/lib/store/db';
import type { PlanView } from '@/lib/store/plan-reads';

const ownPlan = {
  message: 'You asked for this plan, so another person has to approve it.',
  next: 'Send a colleague the address of this page.',
};

/** How a plan stands with its second person, as this reader sees it. */
export async function planApproval(
  db: Store,
  actor: Actor,
  view: PlanView,
  job: JobDescriptor,
): Promise<PlanApproval> {
  const [words, minutes] = await Promise.all([wordsOnPlan(db, view.id), approvalMinutes(db)]);
  const { state, word, request } = standingOf(words, view, new Date());
  const glass = words.find(({ kind }) => kind === 'break-glass');
  const mayStart = actor.id === view.requestedBy || actor.id === word?.byId;
  return {
    isNeeded: needsSecondPerson(job, view.isProduction),
    environment: view.environment,
    state,
    request: request && shown(request),
    answer: word && shown(word),
    glass: glass ? { byName: glass.byName, at: glass.at, reason: glass.reason } : null,
    minutes,
    answerRefusal:
      refusalFor(actor, job.permission) ??
      (actor.id === null || actor.id === view.requestedBy ? ownPlan : null),
    startRefusal: mayStart
      ? null
      : {
          message: 'Whoever asked for this plan starts it, or whoever approved it.',
          next: `${view.requestedByName} asked for it.`,
        },
    glassRefusal: refusalFor(actor, 'break-glass'),
  };
}

function shown({ byName, at, reason, expiresAt }: ApprovalWord) {
  return { byName, at, reason, expiresAt };
}

/** What waits for a second person, and what was done without one. */
export async function approvals(db: Store, actor: Actor): Promise<Approvals> {
  const [waiting, glass, minutes] = await Promise.all([
    plansWaiting(db),
    brokenGlass(db, { limit: 100 }),
    approvalMinutes(db),
  ]);
  const byReview = [...glass].sort((a, b) => Number(a.reviewedAt !== null) - Number(b.reviewedAt !== null));
  return {
    waiting: waiting.map(({ kind, requestedBy, ...plan }) => ({
      ...plan,
      title: titleOfKind(kind),
      isForReader: requestedBy !== actor.id && refusalOfKind(actor, kind) === null,
    })),
    glass: byReview.map(({ kind, byId, ...item }) => ({
      ...item,
      title: titleOfKind(kind),
      reviewRefusal:
        refusalOfKind(actor, kind) ??
        (actor.id === null || byId === actor.id
          ? { message: 'You broke this glass.', next: 'Another person reviews it.' }
          : null),
    })),
    unreviewed: glass.filter(({ reviewedAt }) => reviewedAt === null).length,
    minutes,
    settingsRefusal: refusalFor(actor, 'break-glass'),
  };
}

function refusalOfKind(actor: Actor, kind: string) {
  return refusalFor(actor, jobDescriptor(kind)?.permission ?? 'break-glass');
}
