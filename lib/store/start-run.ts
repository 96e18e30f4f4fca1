import { type AuditActor, appendAudit } from '@/lib/store/audit';
import type { Store } from '@/lib/store/db';
import type { PlanRequest, PlanRow } from '@/lib/store/plans';
import { insertRun } from '@/lib/store/runs';

/** How an approved plan becomes a run by itself: of a kind that only reads, or by a schedule. */
export async function startReadyRun(
  trx: Store,
  plan: PlanRow,
  request: PlanRequest,
  idempotencyKey: string,
): Promise<string | undefined> {
  if (plan.state !== 'ready' || plan.hash === null || (plan.document?.blockers.length ?? 1) > 0) {
    return undefined;
  }
  const run = await insertRun(trx, {
    plan,
    idempotencyKey,
    requestedBy: request.requestedBy,
    requestedByName: request.requestedByName,
    scheduleId: request.scheduleId,
    undoOf: request.undoOf,
  });
  if (run.isNew) {
    const kind: AuditActor['kind'] = request.scheduleId ? 'schedule' : 'user';
    await appendAudit(trx, {
      actor: { kind, id: request.requestedBy, name: request.requestedByName },
      action: 'run.start',
      subject: { kind: 'run', id: run.id, name: plan.kind },
      details: { planId: plan.id, planHash: plan.hash, scheduleId: request.scheduleId },
    });
  }
  return run.id;
}
