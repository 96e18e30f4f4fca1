import { PlumblineError } from '@/lib/base/errors';
import { newId } from '@/lib/base/ids';
import { voidApprovals } from '@/lib/store/approvals';
import { storeReplan } from '@/lib/store/plans';
import { makePlan } from '@/workers/runner/make-plan';
import { planDeadlineSeconds } from '@/workers/runner/planner';
import { type RunScope, scopeName } from '@/workers/runner/run-scope';

/**
 * Plans once more before the first step: what was approved must be what would be done now. Otherwise the new plan is
 * stored, so that a person can see the difference and approve it in one act.
 *
 * @throws PlumblineError `conflict` with both hashes and the new plan's id in `fields`, or with the new blockers.
 */
export async function recheckPlan(scope: RunScope): Promise<void> {
  const { deps, run, definition, request, plan, input, hold } = scope;
  const deadline = AbortSignal.timeout(planDeadlineSeconds * 1000);
  const answer = await makePlan(deps, definition, {
    kind: run.kind,
    clusterId: run.clusterId,
    // The approved server, not whichever has the role now.
    instanceId: plan.instanceId,
    input,
    applicationName: scopeName(scope),
    signal: AbortSignal.any([deadline, hold.abort.signal]),
  });
  const [blocker] = answer.document.blockers;
  if (blocker) {
    throw new PlumblineError('conflict', `It cannot run any more: ${blocker.message}`, {
      next: blocker.next,
    });
  }
  if (answer.hash === run.planHash) return;
  const newPlanId = newId();
  await deps.db.transaction().execute(async (trx) => {
    await storeReplan(trx, request, plan, answer, newPlanId, deps.worker.id);
    await voidApprovals(trx, plan.id, `It would do something else now: see plan ${newPlanId}.`);
  });
  throw new PlumblineError(
    'conflict',
    'The plan changed since it was approved: it would do something else now.',
    {
      next: 'Compare the two plans and approve the new one.',
      fields: { approvedHash: run.planHash, currentHash: answer.hash ?? '', newPlanId },
    },
  );
}
